# What R's survey package answers on two made samples of clusters in strata, with and without their number in the population, and on
# weights raked or post-stratified to known margins. Writes survey_clusters.csv (the samples) and survey_clusters_estimates.csv (a line
# a number) beside this file. Needs survey alone. Run in this folder: Rscript survey_clusters.R
suppressPackageStartupMessages(library(survey))
options(warn = -1)

make_sample <- function(i) {
  schools <- data.frame(stratum = rep(letters[1:3], c(6, 9, 12) + i))
  schools$cluster <- ave(seq_len(nrow(schools)), schools$stratum, FUN = seq_along)
  schools$size <- sample(3:12, nrow(schools), TRUE)
  schools$effect <- rnorm(nrow(schools), 0, .5)
  schools$weight <- round(runif(nrow(schools), 1, 4), 3)
  schools$clusters <- c(a = 40, b = 30, c = 60)[schools$stratum]
  d <- schools[rep(seq_len(nrow(schools)), schools$size), ]
  n <- nrow(d)
  d$unit <- sample(c("east", "north", "west"), n, TRUE, c(.3, .45, .25))
  d$role <- sample(c("leader", "staff"), n, TRUE)
  y <- pmin(pmax(round(rnorm(n, 1.5 + .4 * (d$role == "leader") + d$effect)), 0), 3)
  d$answer <- c("a", "b", "c", "d")[y + 1]
  d$score <- round(rnorm(n, 50 + 3 * y, 10), 1)
  if (i == 2) d$weight[sample(n, 5)] <- 0
  d$sample <- i
  d[c("sample", "stratum", "cluster", "clusters", "unit", "role", "answer", "score", "weight")]
}
set.seed(1977)
samples <- lapply(1:2, make_sample)
write.csv(do.call(rbind, samples), "survey_clusters.csv", row.names = FALSE)

lines <- list()
say <- function(name, values) lines[[length(lines) + 1]] <<- data.frame(name = name, value = format(as.numeric(values), digits = 15))

estimates <- function(name, design) {
  for (kind in c("answer", "score")) {
    formula <- as.formula(paste0("~", kind))
    found <- svymean(formula, design)
    say(paste(name, kind, "estimate", sep = "."), coef(found))
    say(paste(name, kind, "std_error", sep = "."), SE(found))
    by <- svyby(formula, ~unit, design, svymean)
    say(paste(name, "unit", kind, "estimate", sep = "."), t(matrix(coef(by), nrow = 3)))
    say(paste(name, "unit", kind, "std_error", sep = "."), t(as.matrix(SE(by))))
  }
}
tests <- function(name, design) {
  chi <- svychisq(~unit + answer, design, statistic = "F")
  say(paste0(name, ".association"), c(chi$statistic, chi$parameter, chi$p.value))
  design <- update(design, y = as.integer(factor(answer)))
  two <- svyranktest(y ~ role, design)
  say(paste0(name, ".rank"), c(two$statistic, two$parameter, two$p.value))
  many <- svyranktest(y ~ unit, design)
  say(paste0(name, ".ranks"), c(many$parameter, many$ddf, many$p.value)) # R names chi-squared and its df the other way round
}
for (i in 1:2) {
  d <- samples[[i]]
  d$answer <- factor(d$answer)
  drawn <- list(
    clusters = svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, nest = TRUE, data = d),
    clusters_fpc = svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, fpc = ~clusters, nest = TRUE, data = d),
    one_stratum = svydesign(ids = ~stratum + cluster, weights = ~weight, data = transform(d, stratum = paste(stratum, cluster)))
  )
  for (kind in names(drawn)) {
    estimates(paste(i, kind, sep = "."), drawn[[kind]])
    tests(paste(i, kind, sep = "."), drawn[[kind]])
  }
  people <- svydesign(ids = ~1, weights = ~weight, data = d)
  strata <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = d)
  units <- data.frame(unit = c("east", "north", "west"), Freq = c(300, 450, 250))
  roles <- data.frame(role = c("leader", "staff"), Freq = c(430, 570))
  exact <- list(maxit = 1000, epsilon = 1e-10)
  estimates(paste0(i, ".raked"), rake(people, list(~unit, ~role), list(units, roles), control = exact))
  estimates(paste0(i, ".raked_strata"), rake(strata, list(~unit, ~role), list(units, roles), control = exact))
  estimates(paste0(i, ".post"), postStratify(people, ~unit, units))
}
write.csv(do.call(rbind, lines), "survey_clusters_estimates.csv", row.names = FALSE)
