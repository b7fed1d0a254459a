# Counts rows by year and area: of all years, or of the one that is named.
# Counts are rounded, and small ones are left out: a count of three may be three people who know each other.
round_to <- 5
smallest <- 8

only <- commandArgs(trailingOnly = TRUE)
rows <- read.csv("output/rows.csv")
if (length(only) > 0) rows <- rows[rows$year == only[1], ]

counts <- aggregate(list(count = rows$entry), by = list(area = rows$area, year = rows$year), FUN = length)
shown <- ifelse(counts$count < smallest, "[REDACTED]", round_to * round(counts$count / round_to))
name <- if (length(only) > 0) paste0("output/describe_", only[1], ".csv") else "output/describe.csv"
table <- data.frame(year = counts$year, area = counts$area, count = shown)
write.csv(table, name, row.names = FALSE, quote = FALSE)
