# The first action: writes a table with nothing in it about anybody.
dir.create("output", showWarnings = FALSE)
write.csv(data.frame(what = "first action", says = "it works"), "output/first.csv", row.names = FALSE)
