# What GaussSuppression hides in the tables of benchmarks/disclosure.py, with its width on.
# Run: python benchmarks/disclosure.py --write FOLDER && Rscript benchmarks/gauss_suppression.R FOLDER
# Needs the R packages GaussSuppression, SSBtools, RegSDC and Rsymphony.

suppressMessages(library(GaussSuppression))

folder <- commandArgs(trailingOnly = TRUE)[1]
crossings <- list(
  "16 units x 6 answers" = ~ unit * a,
  "16 x 2 x 6" = ~ unit * role * a,
  "five linked two-way" = ~ unit * a + role * a + section * a + unit * role + section * role,
  "linked three-way" = ~ unit * role * a + unit * section * a
)
for (name in names(crossings)) {
  for (file in sort(list.files(folder, "^respondents-", full.names = TRUE))) {
    counted <- read.csv(file, colClasses = c(rep("character", 5), "numeric"))
    seconds <- system.time(
      found <- suppressMessages(SuppressSmallCounts(
        counted, maxN = 4, freqVar = "count", formula = crossings[[name]], protectZeros = FALSE, secondaryZeros = TRUE,
        extend0 = TRUE, lpPackage = "Rsymphony", rangeMin = 5, printInc = FALSE
      ))
    )[["elapsed"]]
    cat(sprintf("%-24s %-20s %4d hidden %6.1f s\n", name, basename(file), sum(found$suppressed), seconds))
  }
}
