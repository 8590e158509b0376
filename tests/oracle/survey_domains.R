# What R's survey package answers on six made samples with what is awkward: weights of 0, a stratum that all answered, a domain
# whose answers are all alike, missing answers. Writes survey_domains.csv (the samples) and survey_domains_estimates.csv (a line a
# number) beside this file. Needs survey alone. Run in this folder: Rscript survey_domains.R
suppressPackageStartupMessages(library(survey))
options(warn = -1) # svyciprop warns that the glm's successes are not whole numbers

make_sample <- function(i) {
  n <- 60 + 15 * i
  d <- data.frame(sample = i, stratum = c(rep(letters[1:3], each = 4), sample(letters[1:3], n - 12, TRUE)),
                  unit = sample(c("east", "north", "west"), n, TRUE, c(.3, .45, .25)), role = sample(c("leader", "staff"), n, TRUE))
  y <- pmin(pmax(round(rnorm(n, 2 + .6 * (d$role == "leader"))), 0), 3)
  if (i %% 2) y[d$unit == "east"] <- 3
  d$answer <- c("a", "b", "c", "d")[y + 1]
  d$score <- round(rnorm(n, 50 + 3 * y, 10), 1)
  d$weight <- round(runif(n, .2, 5), 3)
  if (i > 2) d$weight[sample(n, 7)] <- 0
  d$answer[sample(n, 4)] <- NA
  size <- table(d$stratum)
  population <- ceiling(size * c(2.2, 3.7, 1.4))
  if (i %% 3 == 0) population["c"] <- size["c"]
  d$population <- as.integer(population[d$stratum])
  d
}
set.seed(1969)
samples <- lapply(1:6, make_sample)
write.csv(do.call(rbind, samples), "survey_domains.csv", row.names = FALSE, na = "")

designs <- function(d) list(
  strata_fpc = svydesign(ids = ~1, strata = ~stratum, weights = ~weight, fpc = ~population, data = d),
  strata = svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = d),
  weights = svydesign(ids = ~1, weights = ~weight, data = d),
  fpc = svydesign(ids = ~1, fpc = rep(1500, nrow(d)), data = d))
of_mean <- function(m) list(estimate = unname(coef(m)), std_error = unname(as.numeric(SE(m))))
intervals <- function(d, answer) {
  d$variables$hit <- as.numeric(d$variables$answer == answer)
  lapply(c(xlogit = "xlogit", asin = "asin", beta = "beta", mean = "mean"),
         function(m) as.numeric(confint(svyciprop(~hit, d, method = m))))
}
test <- function(t) list(statistic = unname(t$statistic), df = unname(t$parameter), p_value = unname(t$p.value))
many <- function(t) list(chi = as.numeric(t$parameter), df = as.numeric(t$statistic), ddf = as.numeric(t$ddf), p_value = as.numeric(t$p.value))
estimates <- function(d) {
  answered <- subset(d, !is.na(answer))
  units <- lapply(c(east = "east", north = "north", west = "west"), function(u) list(
    share = of_mean(svymean(~answer, subset(answered, unit == u))), mean = of_mean(svymean(~score, subset(d, unit == u))),
    df = degf(subset(d, unit == u))))
  ranked <- update(answered, rank = as.integer(answer))
  list(share = of_mean(svymean(~answer, d, na.rm = TRUE)), mean = of_mean(svymean(~score, d)), unit = units,
       interval = intervals(answered, "c"), north = intervals(subset(answered, unit == "north"), "c"),
       association = test(svychisq(~answer + unit, d, statistic = "F")), rank = test(svyranktest(rank ~ role, ranked)),
       ranks = many(svyranktest(rank ~ unit, ranked)))
}
raked <- function(d) {
  d <- svydesign(ids = ~1, weights = ~weight, data = d)
  units <- data.frame(unit = c("east", "north", "west"), Freq = c(300, 450, 250))
  roles <- data.frame(role = c("leader", "staff"), Freq = c(430, 570))
  list(rake = unname(weights(rake(d, list(~unit, ~role), list(units, roles), control = list(maxit = 1000, epsilon = 1e-13)))),
       post = unname(weights(postStratify(d, ~unit, units))))
}
numbers <- unlist(lapply(setNames(samples, seq_along(samples)), function(d) {
  d$answer <- factor(d$answer, levels = c("a", "b", "c", "d"))
  c(lapply(designs(d), estimates), raked(d))
}))
lines <- c("name,value", paste(names(numbers), ifelse(is.na(numbers), "", sprintf("%.16g", numbers)), sep = ","))
writeLines(lines, "survey_domains_estimates.csv")
cat(R.version.string, "survey", as.character(packageVersion("survey")), "\n")
