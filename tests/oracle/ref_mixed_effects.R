# Random-intercept models (ordinal::clmm) and average effects (numerical Jacobians on ordinal::clm) for the tests.
# Run in this folder: Rscript ref_mixed_effects.R. Writes units.csv, soup.csv and mixed_effects.json.
suppressPackageStartupMessages({library(ordinal); library(numDeriv); library(jsonlite)})
options(contrasts = c("contr.treatment", "contr.treatment"))

# A synthetic survey of sixteen units: no one's answers.
set.seed(20230424)
n <- 1969; sizes <- c(74, 798, 390, rep(260, 13)); u <- rnorm(16, 0, 0.4)
unit <- sample(16, n, TRUE, prob = sizes); section <- sample(3, n, TRUE, prob = c(.2, .7, .1)); leader <- rbinom(n, 1, .14)
latent <- u[unit] + c(.5, 0, -.2)[section] + .6 * leader + rlogis(n)
flat <- c(.5, 0, -.2)[section] + .6 * leader + rlogis(n)
cut5 <- function(x) cut(x, c(-Inf, -2, -1, 0, 1.2, Inf), labels = c("a", "b", "c", "d", "e"), ordered_result = TRUE)
rows <- data.frame(answer = cut5(latent), section = factor(section, labels = c("admin", "policy", "other")),
                   leader = factor(leader, labels = c("no", "yes")), unit = factor(sprintf("u%02d", unit)))
counted <- function(d) { t <- as.data.frame(table(d), responseName = "count"); t[t$count > 0, ] }
units <- counted(rows); write.csv(units, "units.csv", row.names = FALSE, quote = FALSE)
# Units dealt out evenly whatever the answer, so that they differ less than chance would have it.
dealt <- rows; order_ <- order(rows$section, rows$leader, rows$answer)
dealt$unit[order_] <- factor(sprintf("u%02d", rep(1:16, length.out = n)), levels = levels(rows$unit))
dealt <- counted(dealt); write.csv(dealt, "units_dealt.csv", row.names = FALSE, quote = FALSE)
data(soup); soup <- counted(soup[c("SURENESS", "PROD", "RESP")]); write.csv(soup, "soup.csv", row.names = FALSE, quote = FALSE)
data(wine); wine$count <- 1

# A tight search of the modes gives good estimates but, through failed line searches, noisy second differences; the
# default search the reverse. So estimates are of the former and standard errors of the latter.
mixed <- function(formula, data, nAGQ, link = "logit") {
  fit <- function(...) clmm(formula, data = data, weights = count, nAGQ = nAGQ, link = link, control = clmm.control(...))
  m <- fit(gradTol = 1e-7, maxIter = 500L)
  list(loglik = as.numeric(logLik(m)), thresholds = as.list(m$alpha), coef = as.list(m$beta), sd = as.numeric(m$ST[[1]]),
       se = unname(sqrt(diag(vcov(fit())))), ranef = ranef(m)[[1]][[1]], condVar = condVar(m)[[1]][[1]])
}
links <- c("logit", "probit", "cloglog", "loglog", "cauchit")
each <- function(f) lapply(setNames(links, links), f)
timed <- function(f) median(replicate(5, system.time(f())[["elapsed"]]))
o <- list()
o$wine <- each(function(l) tryCatch(mixed(rating ~ temp + contact + (1 | judge), wine, 10, l), error = conditionMessage))
o$wine_laplace <- each(function(l) tryCatch(mixed(rating ~ temp + contact + (1 | judge), wine, 1, l), error = conditionMessage))
o$units <- list(agq10 = mixed(answer ~ section + leader + (1 | unit), units, 10),
                laplace = mixed(answer ~ section + leader + (1 | unit), units, 1),
                probit5 = mixed(answer ~ section * leader + (1 | unit), units, 5, "probit"))
o$soup <- list(agq10 = mixed(SURENESS ~ PROD + (1 | RESP), soup, 10), laplace = mixed(SURENESS ~ PROD + (1 | RESP), soup, 1))
m <- clmm(answer ~ section + leader + (1 | unit), data = dealt, weights = count, nAGQ = 10)
o$dealt <- list(sd = as.numeric(m$ST[[1]]), loglik = as.numeric(logLik(m)), coef = as.list(m$beta),
                clm_loglik = as.numeric(logLik(clm(answer ~ section + leader, data = dealt, weights = count))))

# Average predictions and comparisons, by numerical derivatives of clm's own parameters.
Ff <- list(logit = plogis, probit = pnorm, cloglog = function(x) 1 - exp(-exp(x)), loglog = function(x) exp(-exp(-x)), cauchit = pcauchy)
below <- function(p, d, J, location, nominal, scale, link) {
  X <- model.matrix(location, d)[, -1, drop = FALSE]; N <- model.matrix(nominal, d); S <- model.matrix(scale, d)[, -1, drop = FALSE]
  a <- (J - 1) * ncol(N); A <- matrix(p[1:a], J - 1); b <- p[a + seq_len(ncol(X))]; z <- p[a + ncol(X) + seq_len(ncol(S))]
  Ff[[link]]((N %*% t(A) - as.vector(X %*% b)) / exp(as.vector(S %*% z)))
}
effects <- function(fit, outcome, data, variable, location, nominal = ~1, scale = ~1, link = "logit") {
  J <- nlevels(data[[outcome]]); w <- data$count; V <- vcov(fit)
  p0 <- c(fit$alpha, fit$beta, fit$zeta)
  probs <- function(p, d, w) { C <- cbind(0, below(p, d, J, location, nominal, scale, link), 1); colSums((w / sum(w)) * (C[, -1] - C[, -(J + 1)])) }
  delta <- function(f) { g <- jacobian(f, p0); list(est = f(p0), se = sqrt(diag(g %*% V %*% t(g)))) }
  set <- function(l) { d <- data; d[[variable]] <- factor(l, levels = levels(data[[variable]])); d }
  lv <- levels(data[[variable]])
  list(observed = lapply(setNames(lv, lv), function(l) delta(function(p) probs(p, data[data[[variable]] == l, ], w[data[[variable]] == l]))),
       counterfactual = lapply(setNames(lv, lv), function(l) delta(function(p) probs(p, set(l), w))),
       comparisons = lapply(setNames(lv[-1], lv[-1]), function(l) delta(function(p) probs(p, set(l), w) - probs(p, set(lv[1]), w))),
       at_least = lapply(setNames(lv[-1], lv[-1]), function(l) delta(function(p) { q <- function(d) rev(cumsum(rev(probs(p, d, w))))[-1]; q(set(l)) - q(set(lv[1])) })))
}
tight <- function(...) { m <- clm(..., data = units, weights = count, control = clm.control(gradTol = 1e-11, maxIter = 300L)); m }
o$effects <- each(function(l) effects(tight(answer ~ section + leader, link = l), "answer", units, "section", ~ section + leader, link = l))
o$effects_nominal <- effects(tight(answer ~ section, nominal = ~leader), "answer", units, "leader", ~section, nominal = ~leader)
o$effects_scale <- effects(tight(answer ~ section + leader, scale = ~section), "answer", units, "section", ~ section + leader, scale = ~section)
o$effects_interaction <- effects(tight(answer ~ section * leader), "answer", units, "section", ~ section * leader)

units$score <- as.integer(substring(units$unit, 2)) %% 5
m <- tight(answer ~ section + score); p0 <- c(m$alpha, m$beta); V <- vcov(m); w <- units$count / sum(units$count)
numeric_ <- function(h, scale) { f <- function(p) { q <- function(s) { d <- units; d$score <- d$score + s; C <- cbind(0, below(p, d, 5, ~ section + score, ~1, ~1, "logit"), 1); colSums(w * (C[, -1] - C[, -6])) }; (q(h) - q(if (scale == 1) 0 else -h)) / scale }
  g <- jacobian(f, p0); list(est = f(p0), se = sqrt(diag(g %*% V %*% t(g)))) }
o$effects_numeric <- list(plus_one = numeric_(1, 1), slope = numeric_(1e-4, 2e-4))

o$seconds <- list(units_agq10 = timed(function() clmm(answer ~ section + leader + (1 | unit), data = units, weights = count, nAGQ = 10)))
o$made_with <- list(R = R.version.string, ordinal = as.character(packageVersion("ordinal")))
write(toJSON(o, auto_unbox = TRUE, digits = I(15), null = "null", na = "null", pretty = TRUE), "mixed_effects.json")
