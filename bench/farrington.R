# Judges the asked weeks of every series with the package surveillance; prints the processor seconds, then one line of bounds for each series.
# Arguments: a CSV file without a header, one column for each series; the first and the last week to judge, counted from 1.
suppressMessages(library(surveillance))
arguments <- commandArgs(trailingOnly = TRUE)
counts <- as.matrix(read.csv(arguments[1], header = FALSE))
weeks <- as.integer(arguments[2]):as.integer(arguments[3])
control <- list(range = weeks, b = 5, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, reweight = TRUE, weightsThreshold = 2.58,
                trend = TRUE, pThresholdTrend = 1, alpha = 0.05, thresholdMethod = "nbPlugin", limit54 = c(5, 4), verbose = FALSE)
used <- function() sum(proc.time()[c("user.self", "sys.self")])
start <- used()
found <- suppressWarnings(farringtonFlexible(sts(observed = counts, frequency = 52), control))
cat(used() - start, "\n")
write.table(t(upperbound(found)), stdout(), row.names = FALSE, col.names = FALSE)
