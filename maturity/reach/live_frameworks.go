package reach

import (
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// origin is what the bases of a class say of who uses it.
type origin struct {
	// open is true if a base from elsewhere may call its methods; discovered if one
	// may find it without any code that names it.
	open, discovered bool
}

// maxBases bounds how far bases are followed.
const maxBases = 10

// originOf tells what bases of a class say.
func (l *life) originOf(c class, depth int) origin {
	if o, ok := l.origins[c]; ok || depth > maxBases {
		return o
	}
	l.origins[c] = origin{} // a class that is derived from itself is no more than that
	var o origin
	for _, base := range l.bases[c] {
		own := l.classes[last(base)]
		for _, b := range own {
			from := l.originOf(b, depth+1)
			o.open, o.discovered = o.open || from.open, o.discovered || from.discovered || l.plugins
		}
		if len(own) == 0 {
			o.open = o.open || !isPassive(base)
			o.discovered = o.discovered || !isPassive(base) && !isInstantiated(base)
		}
	}
	l.origins[c] = o
	return o
}

// passive are bases that call nothing of what is derived from them, but by name
// in the repository itself.
var passive = []string{
	"object", "ABC", "Protocol", "Generic", "Enum", "IntEnum", "StrEnum", "NamedTuple", "TypedDict", "BaseModel", "BaseSettings",
	"Exception", "ValueError", "RuntimeError", "dict", "list", "str", "int", "float", "tuple", "set", "metaclass",
}

func isPassive(base string) bool { return slices.Contains(passive, last(base)) }

// isInstantiated reports whether objects of a class with that base are made by
// whoever uses them: libraries of layers and estimators look for no classes.
func isInstantiated(base string) bool {
	top, _, _ := strings.Cut(base, ".")
	return slices.Contains([]string{
		"torch", "sklearn", "tensorflow", "keras", "tf", "pytorch_lightning", "lightning", "transformers", "torchvision",
		"xgboost", "lightgbm", "catboost", "gymnasium", "gym", "datasets",
	}, top)
}

// quiet are decorators that register nothing.
var quiet = []string{
	"property", "staticmethod", "classmethod", "abc.abstractmethod", "functools.lru_cache", "functools.cache", "functools.cached_property",
	"functools.wraps", "contextlib.contextmanager", "contextlib.asynccontextmanager", "dataclasses.dataclass", "typing.overload",
	"typing.override", "typing.final", "torch.no_grad", "torch.inference_mode", "tensorflow.function", "jax.jit", "numba.jit", "numba.njit",
}

// registers reports whether a decorator may hand what it decorates to somebody.
func registers(decorator string) bool {
	name := strings.TrimSuffix(decorator, "()")
	return !slices.Contains(quiet, name) && !strings.HasSuffix(name, ".setter") && !strings.HasSuffix(name, ".getter") && !strings.HasSuffix(name, ".deleter")
}

// platforms are names under which platforms call functions of a file that they are given:
// AWS Lambda and Google Cloud Functions, SageMaker and Hugging Face
// (https://sagemaker.readthedocs.io/en/stable/frameworks/pytorch/using_pytorch.html#serve-a-pytorch-model),
// scoring scripts of Azure ML (https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoints),
// TorchServe, TFX (https://www.tensorflow.org/tfx/guide/trainer), Alembic, Kedro, dbt, gunicorn,
// MLflow's loaders, Ray and Falcon.
var platforms = []string{
	"handler", "lambda_handler", "handle", "main", "model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn", "init", "run",
	"preprocessing_fn", "run_fn", "trainer_fn", "tuner_fn", "stats_options_updater_fn", "upgrade", "downgrade", "create_pipeline",
	"register_pipelines", "model", "on_starting", "when_ready", "post_fork", "pre_fork", "worker_exit", "on_exit", "_load_pyfunc",
	"create_app", "get_app", "app_builder", "setup", "teardown", "load_context", "on_get", "on_post", "on_put", "on_delete",
}

func isPlatforms(name string) bool {
	return slices.Contains(platforms, name) || strings.HasPrefix(name, "pytest_") || strings.HasPrefix(name, "test")
}

// isExposed reports whether anything that a file defines may be called by a name
// that only its user gives: command lines made of functions, and lookups by a name
// that is put together.
func isExposed(mod *python.Module) bool {
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		switch c.Name {
		case "fire.Fire", "jsonargparse.CLI", "jsonargparse.auto_cli", "clize.run", "defopt.run", "globals", "locals", "inspect.getmembers", "dir", "vars":
			return true
		case "getattr":
			of, _ := c.Positional(0)
			name, ok := c.Positional(1)
			return ok && !name.Literal && (of.Written == "self" || of.Written == "cls" || strings.HasPrefix(of.Value, "sys.modules"))
		}
		return false
	})
}
