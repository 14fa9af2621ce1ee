# All answers by the name of their criterion's package.
package maturity.answers

by_name[name] := data.maturity.criteria[name].answer
