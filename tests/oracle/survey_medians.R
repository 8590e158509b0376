# Medians with Woodruff's intervals by R's survey package, in all and in domains, of the samples of survey_domains.csv and
# survey_clusters.csv. Writes survey_medians.csv beside this file. Run in this folder: Rscript survey_medians.R
suppressPackageStartupMessages(library(survey))

of <- function(design) {
  found <- svyquantile(~score, design, 0.5, qrule = "math", interval.type = "mean", na.rm = TRUE)[[1]]
  data.frame(estimate = found[, "quantile"], conf_low = found[, 2], conf_high = found[, 3], std_error = found[, "se"], df = degf(design))
}
rows <- list()
add <- function(name, design) {
  rows[[length(rows) + 1]] <<- cbind(name = name, group = "", of(design))
  for (u in c("east", "north", "west")) rows[[length(rows) + 1]] <<- cbind(name = name, group = u, of(subset(design, unit == u)))
}
domains <- read.csv("survey_domains.csv")
for (i in 1:6) {
  d <- domains[domains$sample == i, ]
  add(paste0("weights.", i), svydesign(ids = ~1, weights = ~weight, data = d))
  add(paste0("strata_fpc.", i), svydesign(ids = ~1, strata = ~stratum, weights = ~weight, fpc = ~population, data = d))
}
clusters <- read.csv("survey_clusters.csv")
for (i in 1:2) {
  d <- clusters[clusters$sample == i, ]
  add(paste0("clusters.", i), svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, nest = TRUE, data = d))
}
write.csv(do.call(rbind, rows), "survey_medians.csv", row.names = FALSE, na = "")
