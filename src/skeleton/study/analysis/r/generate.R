# Invents rows in the place of data: the same ones each time, about nobody.
set.seed(1)
rows <- 1000
invented <- data.frame(
  entry = seq_len(rows),
  year = sample(c(2024, 2025), rows, replace = TRUE),
  area = sample(c("north", "south", "east", "west"), rows, replace = TRUE),
  value = sample(0:100, rows, replace = TRUE)
)
dir.create("output", showWarnings = FALSE)
write.csv(invented, "output/rows.csv", row.names = FALSE, quote = FALSE)
