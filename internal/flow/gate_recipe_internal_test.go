package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

func TestMaskSeeds(t *testing.T) {
	same := [][2]string{
		{"seed = 42", "seed = 7"},
		{"SEED=1 python train.py", "SEED=22 python train.py"},
		{"model = Forest(depth=3, random_state=42)", "model = Forest(depth=3, random_state=1_000)"},
		{"train:\n  seed: 42\n", "train:\n  seed: 43\n"},
		{`{"data_seed": 1, "depth": 3}`, `{"data_seed": 2, "depth": 3}`},
		{"def train(depth=3, seed: int = 42):", "def train(depth=3, seed: int = -1):"},
		{"python train.py --seed 42 --depth 3", "python train.py --seed 1 --depth 3"},
		{"python train.py --random-state=42", "python train.py --random-state=1"},
		{"train.py --train.seed 42", "train.py --train.seed 4"},
		{`parser.add_argument("--seed", type=int, default=42)`, `parser.add_argument("--seed", type=int, default=1)`},
		{"np.random.seed(42)", "np.random.seed(43)"},
		{"torch.manual_seed( 42 )", "torch.manual_seed( 7 )"},
		{"seed_everything(42, workers=True)", "seed_everything(1, workers=True)"},
		{"rng = np.random.default_rng(42)", "rng = np.random.default_rng(1)"},
		{"key = jax.random.PRNGKey(0)", "key = jax.random.PRNGKey(1)"},
		{"set.seed(1); x <- 2", "set.seed(2); x <- 2"},
		{"seed <- 12", "seed <- 13"},
		{"Random.seed!(5)", "Random.seed!(6)"},
		{"os.environ['PYTHONHASHSEED'] = 3; PYTHONHASHSEED=0", "os.environ['PYTHONHASHSEED'] = 3; PYTHONHASHSEED=1"},
	}
	for _, pair := range same {
		if a, b := maskSeeds(pair[0]), maskSeeds(pair[1]); a != b {
			t.Errorf("not one recipe:\n%s\n%s", a, b)
		}
	}
	different := [][2]string{
		{"depth = 42", "depth = 7"},
		{"proceed = 1", "proceed = 2"},
		{"seedling_count = 3", "seedling_count = 4"},
		{"random_state=42, depth=3", "random_state=42, depth=4"},
		{"--seed 42 --depth 3", "--seed 42 --depth 4"},
		{"seeds = [1, 2]", "seeds = [1, 2, 3]"},
		{"np.random.seed(42); epochs(3)", "np.random.seed(42); epochs(4)"},
		{"x = 1\nseed = 2", "x = 2\nseed = 2"},
	}
	for _, pair := range different {
		if a, b := maskSeeds(pair[0]), maskSeeds(pair[1]); a == b {
			t.Errorf("one recipe, though more than the seed differs: %s", a)
		}
	}
}

func TestIsSeed(t *testing.T) {
	for name, want := range map[string]bool{
		"seed": true, "train.seed": true, "SEED": true, "random_state": true, "data_seed": true, "PYTHONHASHSEED": true,
		"split.random_state": true, "model.random_seed": true, "depth": false, "seed.depth": false, "proceed": false, "seedling": false, "": false,
	} {
		if got := isSeed(name); got != want {
			t.Errorf("isSeed(%q) is %t", name, got)
		}
	}
}

// kitchen is a run of two stages, prepare and train, whose inputs lie in a folder.
type kitchen struct {
	dir   string
	run   result.Run
	train *result.Stage
	prep  *result.Stage
}

func newKitchen(t *testing.T, code string) kitchen {
	t.Helper()
	k := kitchen{dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(k.dir, "train.py"), []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(code))
	k.run = result.Run{Stages: []result.Stage{
		{
			Name: "prepare", Command: "python prepare.py --seed 1", Image: "python:3", Params: map[string]string{"split.seed": "1", "split.share": "0.2"},
			Inputs:  []result.File{{Path: "raw.csv", SHA256: "aa", Size: 1 << 30}},
			Outputs: []result.File{{Path: "train.csv", SHA256: "bb"}},
		},
		{
			Name: "train", Command: "SEED=1 python train.py", Image: "python:3", Needs: []string{"prepare"},
			Params: map[string]string{"train.seed": "1", "train.depth": "3"}, Env: map[string]string{"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"},
			Inputs: []result.File{{Path: "train.csv", SHA256: "bb"}, {Path: "train.py", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(code))}},
		},
	}}
	k.prep, k.train = &k.run.Stages[0], &k.run.Stages[1]
	return k
}

func (k kitchen) recipe() string {
	return recipe(k.run, &config.Config{Model: &config.Model{Stage: "train"}}, k.dir)
}

func TestRecipe(t *testing.T) {
	const code = "fit(depth=3, random_state=42)"
	base := newKitchen(t, code).recipe()
	if base == "" {
		t.Fatal("there is no recipe")
	}
	cases := map[string]struct {
		code   string
		change func(k kitchen)
		same   bool
	}{
		"nothing":                    {code, func(kitchen) {}, true},
		"the seed in code":           {"fit(depth=3, random_state=43)", func(kitchen) {}, true},
		"the code":                   {"fit(depth=4, random_state=42)", func(kitchen) {}, false},
		"a parameter that is a seed": {code, func(k kitchen) { k.train.Params["train.seed"] = "2" }, true},
		"a parameter":                {code, func(k kitchen) { k.train.Params["train.depth"] = "4" }, false},
		"a variable that is a seed":  {code, func(k kitchen) { k.train.Env["PYTHONHASHSEED"] = "1" }, true},
		"a variable":                 {code, func(k kitchen) { k.train.Env["OMP_NUM_THREADS"] = "2" }, false},
		"the seed of the command":    {code, func(k kitchen) { k.train.Command = "SEED=2 python train.py" }, true},
		"the command":                {code, func(k kitchen) { k.train.Command = "SEED=1 python train.py --fast" }, false},
		"the image":                  {code, func(k kitchen) { k.train.Image = "python:4" }, false},
		"the seed of an earlier stage": {code, func(k kitchen) {
			k.prep.Command = "python prepare.py --seed 2"
			k.prep.Outputs[0].SHA256 = "cc"
			k.train.Inputs[0].SHA256 = "cc"
		}, true},
		"the data":                   {code, func(k kitchen) { k.prep.Inputs[0].SHA256 = "dd" }, false},
		"what an earlier stage does": {code, func(k kitchen) { k.prep.Params["split.share"] = "0.3" }, false},
		"an input that was changed since, so that it is not searched": {code, func(k kitchen) { k.train.Inputs[1].SHA256 = "ee" }, false},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			k := newKitchen(t, test.code)
			test.change(k)
			if got := k.recipe(); (got == base) != test.same {
				t.Errorf("the same recipe: %t", got == base)
			}
		})
	}
}

func TestNoRecipeOfWhatWasTrainedElsewhere(t *testing.T) {
	k := newKitchen(t, "")
	if got := recipe(k.run, &config.Config{Model: &config.Model{Stage: "elsewhere"}}, k.dir); got != "" {
		t.Errorf("recipe %q", got)
	}
	if got := recipe(k.run, &config.Config{}, k.dir); got != "" {
		t.Errorf("recipe %q", got)
	}
}
