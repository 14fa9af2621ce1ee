package muster.gate.champion_test

import data.muster.gate.champion

messages(candidate, other, problems) := {f.message | some f in found} if {
	found := champion.info with input as {"candidate": candidate, "champion": other, "problems": problems}
}

test_none_yet if {
	messages({"digest": "a"}, null, []) == {"There is no champion yet: only absolute thresholds apply."}
}

test_not_known_is_not_none if messages({"digest": "a"}, null, [{"code": "registry-missing"}]) == set()

test_another if messages({"digest": "a"}, {"digest": "b", "version": "v1"}, []) == set()

test_the_same if {
	messages({"digest": "a"}, {"digest": "a", "version": "v1"}, []) == {"The candidate is the champion v1: the same model."}
	messages({"digest": "a"}, {"digest": "a"}, []) == {"The candidate is the champion: the same model."}
}
