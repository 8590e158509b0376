# What R's survey package answers of weights raked to known margins, the variance of calibration among it; writes
# survey_calibrated.csv beside this file, of survey_sample.csv and survey_clusters.csv (its first sample).
# Run in this folder: Rscript survey_calibrated.R
suppressPackageStartupMessages(library(survey))
units <- data.frame(unit = c("east", "north", "south", "west"), Freq = c(170, 700, 500, 330))
roles <- data.frame(role = c("leader", "staff"), Freq = c(400, 1300))
people <- read.csv("survey_sample.csv", na.strings = "", stringsAsFactors = TRUE)
people$y <- factor(people$y, levels = c("none", "little", "some", "great"))
clusters <- subset(read.csv("survey_clusters.csv", na.strings = "", stringsAsFactors = TRUE), sample == 1)
raked <- function(design, units, roles) {
  formulas <- list(~unit, ~role)
  calibrate(design, ~unit + role, calfun = "raking", epsilon = 1e-13, maxit = 500,
            population = c(`(Intercept)` = sum(units$Freq), setNames(units$Freq, paste0("unit", units$unit))[-1],
                           setNames(roles$Freq, paste0("role", roles$role))[-1]))
}
designs <- list(
  people = raked(svydesign(ids = ~1, weights = ~w, data = people), units, roles),
  strata = raked(svydesign(ids = ~1, weights = ~w, strata = ~h, data = people), units, roles),
  clusters = raked(svydesign(ids = ~cluster, weights = ~weight, strata = ~stratum, nest = TRUE, data = clusters),
                   data.frame(unit = c("east", "north", "west"), Freq = c(300, 450, 250)),
                   data.frame(role = c("leader", "staff"), Freq = c(430, 570)))
)
rows <- list()
put <- function(name, values) rows[[length(rows) + 1]] <<- data.frame(name = name, value = as.numeric(values))
for (name in names(designs)) {
  d <- designs[[name]]
  item <- if (name == "clusters") ~answer else ~y
  by <- svyby(item, ~unit, d, svymean, na.rm = TRUE)
  k <- (ncol(by) - 1) / 2
  put(paste0(name, ".share"), coef(svymean(item, d, na.rm = TRUE)))
  put(paste0(name, ".share.se"), SE(svymean(item, d, na.rm = TRUE)))
  put(paste0(name, ".unit.se"), t(as.matrix(by[, 1 + k + seq_len(k)])))
  put(paste0(name, ".score.se"), SE(svymean(~score, d, na.rm = TRUE)))
  put(paste0(name, ".margin.se"), SE(svymean(~unit, d)))
}
write.csv(do.call(rbind, rows), "survey_calibrated.csv", row.names = FALSE)
