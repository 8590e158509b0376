# Interactions of each pair of predictors (ordinal's anova), a difference between two differences with its delta-method error, and
# concordance (survival): tests/oracle/checks.csv. Run in this folder: Rscript ref_checks.R   (R 4.2.2, ordinal 2022.11-16)
suppressPackageStartupMessages({library(ordinal); library(survival)})
housing <- read.csv("housing.csv")
three <- c("Low", "Medium", "High")
housing$Sat <- factor(housing$Sat, three, ordered = TRUE)
housing$Infl <- factor(housing$Infl, three)
housing$Type <- factor(housing$Type, c("Tower", "Apartment", "Atrium", "Terrace"))
housing$Cont <- factor(housing$Cont, c("Low", "High"))
fit <- function(formula) clm(formula, data = housing, weights = Freq, control = clm.control(gradTol = 1e-10))
main <- fit(Sat ~ Infl + Type + Cont)
rows <- list()
keep <- function(name, value) rows[[length(rows) + 1]] <<- data.frame(name = name, value = value)
pairs <- list(c("Infl", "Type"), c("Infl", "Cont"), c("Type", "Cont"))
for (pair in pairs) {
  term <- paste(pair, collapse = ":")
  larger <- fit(as.formula(paste("Sat ~ Infl + Type + Cont +", term)))
  tested <- anova(main, larger)
  keep(paste0(term, ".statistic"), tested$LR.stat[2]); keep(paste0(term, ".df"), tested$df[2])
  keep(paste0(term, ".p_value"), tested[["Pr(>Chisq)"]][2])
  high <- function(par, frame) {  # shares of 'High', by hand
    x <- model.matrix(as.formula(paste("~ Infl + Type + Cont +", term)), frame)[, -1]
    1 - plogis(par[2] - x %*% par[-(1:2)])
  }
  change <- function(par, level, group) {  # of the first predictor, in a group of the second
    inside <- housing[housing[[pair[2]]] == group, ]
    as <- function(value) { moved <- inside; moved[[pair[1]]] <- factor(value, levels(housing[[pair[1]]])); moved }
    sum(inside$Freq * (high(par, as(level)) - high(par, as(levels(housing[[pair[1]]])[1])))) / sum(inside$Freq)
  }
  par <- coef(larger); most <- 0
  for (level in levels(housing[[pair[1]]])[-1]) for (group in levels(housing[[pair[2]]])[-1]) {
    between <- function(p) change(p, level, group) - change(p, level, levels(housing[[pair[2]]])[1])
    if (abs(between(par)) > abs(most)) {
      most <- between(par)
      slope <- sapply(seq_along(par), function(i) { h <- replace(0 * par, i, 1e-5); (between(par + h) - between(par - h)) / 2e-5 })
      error <- sqrt(drop(slope %*% vcov(larger) %*% slope)); at <- paste(level, group)
    }
  }
  keep(paste0(term, ".estimate"), most); keep(paste0(term, ".std_error"), error)
}
people <- housing[rep(seq_len(nrow(housing)), housing$Freq), ]
lp <- model.matrix(~ Infl + Type + Cont, people)[, -1] %*% main$beta
keep("concordance", concordance(as.numeric(people$Sat) ~ drop(round(lp, 8)))$concordance)
options(digits = 15)
write.csv(do.call(rbind, rows), "checks.csv", row.names = FALSE, quote = FALSE)
