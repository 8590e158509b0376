# Proportional odds tested for interactions and for numbers whose larger model's thresholds cross; what R's nominal_test
# and scale_test, and clm with a nominal interaction, answer. Run in this folder: Rscript ref_nominal_test.R (reads
# survey_clm.csv; writes nominal_test.csv).
suppressPackageStartupMessages(library(ordinal))
d <- read.csv("survey_clm.csv", stringsAsFactors = TRUE, na.strings = c("", "NA"))
d$y <- factor(d$y, levels = c("none", "small", "neither", "some", "great"), ordered = TRUE)
d$role <- factor(d$role, levels = c("caseworker", "leader")); d$section <- factor(d$section, levels = c("policy", "admin", "other"))
full <- na.omit(d[c("y", "role", "section", "years", "pay")])
few <- full[101:180, ]; few$pay <- log(few$pay) - 13
models <- list(
  interaction = clm(y ~ role * section + years, data = full),
  slopes = clm(y ~ section * years, data = full),
  crossing = clm(y ~ role + pay, data = few)
)
rows <- function(name, kind, table) {
  table <- as.data.frame(table)[-1, ]
  data.frame(model = name, kind = kind, term = rownames(table), df = table$Df, statistic = table$LRT, p_value = table[["Pr(>Chi)"]])
}
out <- do.call(rbind, lapply(names(models), function(n) rbind(rows(n, "nominal", nominal_test(models[[n]])),
                                                              rows(n, "scale", scale_test(models[[n]])))))
free <- clm(y ~ role * section + years, nominal = ~role:section, data = full, control = clm.control(gradTol = 1e-10))
fit <- data.frame(model = "free", kind = "fit", term = "log-likelihood", df = free$edf, statistic = as.numeric(logLik(free)), p_value = NA)
options(digits = 15); write.csv(rbind(out, fit), "nominal_test.csv", row.names = FALSE, quote = FALSE, na = "")
