# What R's survey package answers on apistrat (its own data) and on a made sample with unequal weights; writes survey.json
# and survey_sample.csv beside this file. Run in this folder: Rscript survey.R
suppressPackageStartupMessages({library(survey); library(jsonlite)})

make_sample <- function() {
  set.seed(20230424)
  n <- 400
  h <- sample(c("a", "b", "c"), n, TRUE, c(.5, .3, .2))
  unit <- sample(c("north", "south", "west", "east"), n, TRUE, c(.4, .3, .2, .1))
  role <- ifelse(runif(n) < .2, "leader", "staff")
  latent <- rlogis(n) + .8 * (role == "leader") + .5 * (unit == "west") - .4 * (h == "b")
  y <- c("none", "little", "some", "great")[findInterval(latent, c(-1, 0, 1)) + 1]
  y[sample(n, 17)] <- NA
  population <- c(a = 900, b = 500, c = 300)
  w <- 1 + 3 * runif(n) + (h == "c")
  # svymean takes the sum of the weights for the population size in its design effect
  data.frame(h, unit, role, y, score = round(10 * latent + 50), w = w * sum(population) / sum(w), population = population[h])
}
write.csv(make_sample(), "survey_sample.csv", row.names = FALSE, na = "")
sampled <- read.csv("survey_sample.csv", na.strings = "", stringsAsFactors = TRUE)
sampled$y <- factor(sampled$y, levels = c("none", "little", "some", "great"))
api <- read.csv("apistrat.csv", stringsAsFactors = TRUE)

designs <- list(
  api_strata_fpc = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = api),
  api_strata = svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = api),
  api_weights = svydesign(ids = ~1, weights = ~pw, data = api),
  api_plain_fpc = svydesign(ids = ~1, fpc = rep(6194, 200), data = api),
  sampled_strata_fpc = svydesign(ids = ~1, strata = ~h, weights = ~w, fpc = ~population, data = sampled),
  sampled_strata = svydesign(ids = ~1, strata = ~h, weights = ~w, data = sampled),
  sampled_weights = svydesign(ids = ~1, weights = ~w, data = sampled)
)
item_of <- function(name) if (startsWith(name, "api")) list(share = "awards", mean = "api00", group = "mealcat", two = "awards",
  many = "stype", rank = "api00") else list(share = "y", mean = "score", group = "unit", two = "role", many = "unit", rank = "y")
f <- function(...) as.formula(paste0("~", paste(..., sep = "+")))

estimates <- function(m, replace = TRUE) list(estimate = unname(coef(m)), std_error = as.numeric(SE(m)),
                                              deff = unname(if (is.matrix(deff(m))) diag(deff(m)) else deff(m)))
# svymean(deff = TRUE) sets 1 - n/sum(w) against a variance without FPC: without FPC the comparable one is 'replace'
deff_kind <- function(name) if (endsWith(name, "fpc")) TRUE else "replace"

shares <- function(name) {
  d <- designs[[name]]; i <- item_of(name); kind <- deff_kind(name)
  all <- svymean(f(i$share), d, na.rm = TRUE, deff = kind)
  dd <- d; dd$variables[[i$mean]] <- as.numeric(dd$variables[[i$mean]])
  levels <- levels(d$variables[[i$group]])
  by <- lapply(setNames(levels, levels), function(l) {
    rows <- !is.na(d$variables[[i$group]]) & d$variables[[i$group]] == l
    part <- d[rows, ]
    list(share = estimates(svymean(f(i$share), part, na.rm = TRUE, deff = kind)),
         mean = estimates(svymean(f(i$mean), part, na.rm = TRUE, deff = kind)))
  })
  list(share = estimates(all), mean = estimates(svymean(f(i$mean), d, deff = kind)), by = by)
}

ciprop <- function(name) {
  d <- designs[[name]]
  d <- if (startsWith(name, "api")) update(d, hit = as.numeric(awards == "Yes")) else
    update(d[!is.na(d$variables$y), ], hit = as.numeric(y == "great"))
  methods <- c("logit", "asin", "beta", "mean", "xlogit")
  c(lapply(setNames(methods, methods), function(m) as.numeric(confint(svyciprop(~hit, d, method = m)))),
    list(df = degf(d), rows = nrow(d)))
}

tests <- function(name) {
  d <- designs[[name]]; i <- item_of(name)
  chi <- function(by) { t <- svychisq(as.formula(paste("~", i$share, "+", by)), designs[[name]], statistic = "F")
    list(statistic = unname(t$statistic), df = unname(t$parameter), p_value = unname(t$p.value)) }
  if (i$rank == "y") { d <- d[!is.na(d$variables$y), ]; d$variables$y <- as.integer(d$variables$y) }
  two <- svyranktest(as.formula(paste(i$rank, "~", i$two)), d)
  many <- svyranktest(as.formula(paste(i$rank, "~", i$many)), d)
  list(chisq = if (i$share == "awards") list(many = chi("stype"), group = chi("mealcat")) else list(many = chi("unit"), two = chi("role")),
       rank_two = list(estimate = unname(two$estimate), statistic = unname(two$statistic), df = unname(two$parameter),
                       p_value = unname(two$p.value)),
       rank_many = list(statistic = as.numeric(many$parameter), df = as.numeric(many$statistic), ddf = as.numeric(many$ddf),
                        p_value = as.numeric(many$p.value)))
}

units <- data.frame(unit = c("north", "south", "west", "east"), Freq = c(700, 500, 330, 170))
roles <- data.frame(role = c("leader", "staff"), Freq = c(400, 1300))
raked <- rake(designs$sampled_weights, list(~unit, ~role), list(units, roles), control = list(maxit = 500, epsilon = 1e-12))
post <- postStratify(designs$sampled_weights, ~unit, units)
calibration <- function(d) { m <- svymean(~y, d, na.rm = TRUE); s <- svymean(~score, d); by <- svyby(~score, ~role, d, svymean)
  list(weights = unname(weights(d)), share = list(estimate = unname(coef(m)), std_error = as.numeric(SE(m))),
       mean = list(estimate = unname(coef(s)), std_error = as.numeric(SE(s))), by_role = list(estimate = by$score, std_error = by$se)) }

everything <- lapply(setNames(names(designs), names(designs)), function(n) list(shares = shares(n), ciprop = ciprop(n), tests = tests(n)))
everything$raked <- calibration(raked)
everything$post_stratified <- calibration(post)
everything$prop_test <- lapply(list(c(0, 10), c(3, 10), c(81, 263), c(10, 10), c(1, 1)), function(x)
  list(count = x[1], n = x[2], interval = suppressWarnings(as.numeric(prop.test(x[1], x[2], correct = FALSE)$conf.int))))
everything$made_with <- list(R = R.version.string, survey = as.character(packageVersion("survey")))
write(toJSON(everything, auto_unbox = TRUE, digits = I(15), null = "null", na = "null", pretty = TRUE), "survey.json")
