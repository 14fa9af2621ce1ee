# All answers by the name of their criterion's package, with what records show.
package maturity.answers

import data.maturity.proof

by_name[name] := proof.judged(name, data.maturity.criteria[name].answer)
