# Draws the counts as bars.
tables <- lapply(Sys.glob("output/describe*.csv"), read.csv, colClasses = "character")
bars <- do.call(rbind, tables)
bars <- bars[grepl("^[0-9]+$", bars$count), ]
count <- as.integer(bars$count)
top <- 24 * (seq_along(count) - 1) + 4

style <- 'font-size="14" font-family="sans-serif" style="background:#fff"'
head <- '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="%d" %s>'
label <- sprintf('  <text x="4" y="%d">%s %s</text>', top + 15, bars$area, bars$year)
bar <- sprintf('  <rect x="110" y="%d" width="%d" height="20" fill="#2f81f7" />', top, 2 * count)
number <- sprintf('  <text x="%d" y="%d">%d</text>', 2 * count + 116, top + 15, count)
writeLines(c(sprintf(head, 24 * length(count) + 8, style), label, bar, number, "</svg>"), "output/areas.svg")
