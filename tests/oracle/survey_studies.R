# R's data `apiclus1`, `apisrs`, `nhanes` and `scd` (survey 4.1) as studies: apiclus1.csv, apisrs.csv, nhanes.csv, and survey_studies.csv, a
# line a number of what R answers of them, of what is published of nhanes, and of models of the completion of that.
# Run in this folder: Rscript survey_studies.R
suppressPackageStartupMessages({library(survey); library(ordinal)})
data(api); data(nhanes); data(scd)
rows <- list()
put <- function(name, values) rows[[length(rows) + 1]] <<- data.frame(name = name, value = format(as.numeric(values), digits = 15))
both <- function(name, found) { put(name, coef(found)); put(paste0(name, ".se"), SE(found)) }
names(nhanes) <- c("psu", "stratum", "weight", "chol", "race", "age", "sex")
nhanes$age <- as.integer(nhanes$age)
write.csv(nhanes, "nhanes.csv", row.names = FALSE, na = "", quote = FALSE)

# Answers
nhanes <- transform(nhanes, answer = factor(ifelse(is.na(chol), "blank", chol)), old = age, age = factor(age), race = factor(race), sex = factor(sex))
design <- svydesign(id = ~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = nhanes)
measured <- subset(design, !is.na(chol))
both("chol", svymean(~factor(chol), measured))
both("age", svymean(~age, design))
both("old", svymean(~old, design))
for (level in 1:4) {
  both(paste0("chol.age", level), svymean(~chol, subset(measured, age == level)))
  both(paste0("old.race", level), svymean(~old, subset(design, race == level)))
}
chisq <- svychisq(~chol + age, measured, statistic = "F")
put("chisq", c(chisq$statistic, chisq$parameter, chisq$p.value))
for (group in c("race", "sex", "age")) { # Pearson's statistic of the weighted shares of as many people, over its degrees of freedom
  table <- svytable(as.formula(paste("~chol +", group)), measured)
  simple <- suppressWarnings(chisq.test(table / sum(table) * sum(!is.na(nhanes$chol)), correct = FALSE))
  put(paste0("pearson.", group), simple$statistic / simple$parameter)
}
two <- svyranktest(old ~ sex, design)
put("rank", c(two$statistic, two$parameter, two$p.value))
many <- svyranktest(old ~ race, design)
put("ranks", c(many$parameter, many$ddf, many$p.value)) # R names chi-squared and its df the other way round
both("logit", svyglm(chol ~ race + sex + age, measured, family = quasibinomial(), control = glm.control(epsilon = 1e-14)))
tight <- clm.control(gradTol = 1e-11, maxIter = 200L)
model <- clm(age ~ race + sex, data = nhanes, weights = weight / mean(weight), control = tight)
scores <- function(theta, y, x) { # of proportional odds: of the thresholds, and of the coefficients
  ends <- c(-Inf, theta[1:3], Inf); eta <- drop(x %*% theta[-(1:3)])
  upper <- dlogis(ends[y + 1] - eta); lower <- dlogis(ends[y] - eta); p <- plogis(ends[y + 1] - eta) - plogis(ends[y] - eta)
  cbind(sapply(1:3, function(j) (upper * (y == j) - lower * (y == j + 1)) / p), -x * (upper - lower) / p)
}
u <- scores(coef(model), nhanes$old, model.matrix(~race + sex, nhanes)[, -1]) * nhanes$weight / mean(nhanes$weight)
put("clm", coef(model))
put("clm.se", sqrt(diag(svyrecvar(u %*% vcov(model), design$cluster, design$strata, design$fpc))))

schools <- list(apiclus1 = apiclus1, apisrs = apisrs)
for (name in names(schools)) {
  api <- schools[[name]][c("stype", "dnum", "pw", "fpc", "awards", "meals", "api00")]
  api$mealcat <- cut(api$meals, c(0, 25, 50, 75, 100), include.lowest = TRUE, labels = c("(0,25]", "(25,50]", "(50,75]", "(75,100]"))
  write.csv(api, paste0(name, ".csv"), row.names = FALSE)
  d <- if (name == "apisrs") svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = api) else
    svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = api)
  d <- update(d, high = as.numeric(awards == "Yes"), rank = as.numeric(mealcat))
  both(paste0(name, ".awards"), svymean(~awards, d))
  both(paste0(name, ".rank"), svymean(~rank, d))
  both(paste0(name, ".awards.by"), svyby(~high, ~stype, d, svymean))
  chisq <- svychisq(~awards + stype, d, statistic = "F")
  put(paste0(name, ".chisq"), c(chisq$statistic, chisq$parameter, chisq$p.value))
  both(paste0(name, ".logit"), svyglm(high ~ stype, d, family = quasibinomial(), control = glm.control(epsilon = 1e-14)))
}
people <- scd[rep(1:6, scd$arrests), ]
people$alive <- unlist(lapply(1:6, function(i) rep(1:0, c(scd$alive[i], scd$arrests[i] - scd$alive[i]))))
drawn <- list(scd = svydesign(id = ~ambulance, strata = ~ESA, prob = ~1, nest = TRUE, data = people),
              scd_fpc = svydesign(id = ~ambulance, strata = ~ESA, prob = ~1, nest = TRUE, fpc = rep(5, nrow(people)), data = people))
for (name in names(drawn)) {
  both(name, svymean(~alive, drawn[[name]]))
  both(paste0(name, ".area"), svyby(~alive, ~ESA, drawn[[name]], svymean))
  chisq <- svychisq(~alive + ESA, drawn[[name]], statistic = "F")
  put(paste0(name, ".chisq"), c(chisq$statistic, chisq$parameter, chisq$p.value))
  both(paste0(name, ".logit"), svyglm(alive ~ factor(ESA), drawn[[name]], family = quasibinomial(), control = glm.control(epsilon = 1e-14)))
}

# What is published: shares to 0.0001, each of its group's people and mean weight to three digits; and their log-linear completion, found
# by 200 rounds of proportional fitting to all of them, of one variable, of two and of three
nhanes$weight <- nhanes$weight / mean(nhanes$weight)
sums <- function(names, weight = nhanes$weight) xtabs(weight ~ ., cbind(weight, nhanes[names]))
masses <- function(groups) { people <- sums(groups, rep(1, nrow(nhanes))); people * signif(sums(groups) / people, 3) }
share <- function(answer) nrow(nhanes) * round(prop.table(sums(answer)), 4)
within <- function(answer, groups) {
  sweep(round(prop.table(sums(c(groups, answer)), seq_along(groups)), 4), seq_along(groups), masses(groups), "*")
}
completed <- function(variables, told) {
  counts <- sums(variables) * 0 + 1
  for (i in 1:200) {
    counts <- counts * nrow(nhanes) / sum(counts)
    for (wanted in told) {
      dims <- names(dimnames(wanted)); have <- apply(counts, dims, sum)
      counts <- sweep(counts, dims, ifelse(have > 0, wanted / have, 1), "*")
    }
  }
  counts <- counts * nrow(nhanes) / sum(counts)
  loglin_of <- loglin(counts, lapply(told, function(one) names(dimnames(one))), fit = TRUE, eps = 1e-9, iter = 500, print = FALSE)$fit
  stopifnot(max(abs(loglin_of - counts)) < 1e-6) # it is the log-linear estimate of its own margins
  as.data.frame(counts, responseName = "n")
}
pairs <- list(within("answer", "race"), within("answer", "sex"), within("answer", "age"), within("sex", "race"), within("age", "race"))
by_two <- c(list(share("answer"), masses("race"), share("sex"), share("age")), pairs, list(within("age", "sex")))
by_three <- c(list(share("answer"), masses("race"), masses("sex"), masses("age")), pairs, list(masses(c("sex", "age")), within("answer", c("sex", "age"))))
put("percent.chol.age", t(round(100 * prop.table(sums(c("age", "answer")), 1))))
for (name in c("released2", "released3")) {
  found <- completed(c("answer", "race", "sex", "age"), if (name == "released2") by_two else by_three)
  found <- droplevels(subset(found, answer != "blank"))
  put(paste0(name, ".n"), found[order(found$race, found$sex, found$age, found$answer), "n"])
  fit <- suppressWarnings(glm(answer ~ race + sex + age, family = binomial(), data = found, weights = n, control = glm.control(epsilon = 1e-14)))
  put(name, coef(fit))
  if (name == "released3") put("released3.crossed", coef(suppressWarnings(update(fit, . ~ . + sex:age))))
}
found <- completed(c("age", "race", "sex"), list(share("age"), masses("race"), share("sex"), within("age", "race"), within("age", "sex"), within("sex", "race")))
put("released.age", coef(clm(age ~ race + sex, data = found, weights = n, control = tight)))
write.csv(do.call(rbind, rows), "survey_studies.csv", row.names = FALSE)
