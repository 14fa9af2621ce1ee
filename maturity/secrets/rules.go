package secrets

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// rule is the form of one kind of secret.
type rule struct {
	kind string
	// anchor is what a secret or the name before it begins with; fold ignores case.
	anchor string
	fold   bool
	// edge is true if no letter, digit, plus or slash may stand before it: inside
	// of pictures in base64 anything stands.
	edge bool
	// re matches from the anchor on; its last group is the value.
	re *regexp.Regexp
	// entropy is the least that the value must have.
	entropy float64
	// only says in which files it counts; real, if given, checks the value.
	only scope
	real func(value string) bool
}

// scope is where a form counts: the fewer other things look like it, the wider.
type scope uint8

const (
	anywhere scope = 1 << iota
	code           // code and configuration, outside of tests, examples and documentation
	apart          // all but tests, examples and documentation
	settings       // files that set variables of the environment
	kaggle         // the file of Kaggle's key
)

// scopes are those that hold for a file.
func scopes(file string) scope {
	out := anywhere
	if notTest(file) {
		out |= apart
	}
	if isCodeOrConfig(file) {
		out |= code
	}
	if isEnv(file) {
		out |= settings
	}
	if path.Base(file) == "kaggle.json" {
		out |= kaggle
	}
	return out
}

const end = `(?:[^A-Za-z0-9_+/-]|$)`

// token is a rule for a token that its issuer gives a form of its own.
func token(kind, anchor, rest string) rule {
	return rule{kind: kind, anchor: anchor, edge: true, entropy: 3, re: regexp.MustCompile(`^(` + regexp.QuoteMeta(anchor) + rest + `)` + end)}
}

// assigned is a rule for a value that is given to a name.
func assigned(kind, name, value string) rule {
	return rule{
		kind: kind, anchor: name, entropy: 2.8,
		re: regexp.MustCompile(`^` + regexp.QuoteMeta(name) + `\\?["']?\]?\s*(?::=|=>|[:=,])\s*(?:str\s*=\s*)?\\?["']?(` + value + `)(?:[^A-Za-z0-9_+/-]|$)`),
	}
}

// named is a rule for a literal that is given to a name that stands for a secret.
func named(anchor string) rule {
	return rule{
		kind: "a secret in clear text", anchor: anchor, fold: true, entropy: 3.3, only: code, real: mixed,
		re: regexp.MustCompile(`^(?i:` + regexp.QuoteMeta(anchor) + `)\\?["']?\]?\s*(?::=|=>|[:=])\s*(?:str\s*=\s*)?\\?["']([A-Za-z0-9+/_=.!@#%^&*~-]{20,200})\\?["']`),
	}
}

// setting is a rule for a line of a file of settings for the environment.
func setting(anchor, rest string) rule {
	return rule{
		kind: "a secret in a file of settings", anchor: anchor, fold: true, entropy: 2.5, only: settings, real: notAWord,
		re: regexp.MustCompile(`^(?i:` + regexp.QuoteMeta(anchor) + rest + `)[ \t]*=[ \t]*["']?([^\s"'#]{8,})`),
	}
}

// rules are the forms that are known, each with where it is described. Those of
// tokens follow their issuers and the rules of gitleaks
// (https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml).
var rules = []rule{
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
	token("an access key of AWS", "AKIA", `[A-Z2-7]{16}`),
	token("an access key of AWS", "ASIA", `[A-Z2-7]{16}`),
	secretKey("aws_secret_access_key"),
	secretKey("secret_access_key"),
	// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
	token("a token of GitHub", "ghp_", `[A-Za-z0-9]{36}`),
	token("a token of GitHub", "gho_", `[A-Za-z0-9]{36}`),
	token("a token of GitHub", "ghs_", `[A-Za-z0-9]{36}`),
	token("a token of GitHub", "ghu_", `[A-Za-z0-9]{36}`),
	token("a token of GitHub", "ghr_", `[A-Za-z0-9]{36}`),
	token("a token of GitHub", "github_pat_", `[A-Za-z0-9]{22}_[A-Za-z0-9]{59}`),
	// https://docs.gitlab.com/security/tokens/#token-prefixes
	token("a token of GitLab", "glpat-", `[A-Za-z0-9_-]{20}`),
	// https://docs.slack.dev/authentication/tokens
	token("a token of Slack", "xoxb-", `[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9]{20,}`),
	token("a token of Slack", "xoxp-", `[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9-]{28,}`),
	// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
	{kind: "a webhook of Slack", anchor: "hooks.slack.com/", entropy: 3.5, re: regexp.MustCompile(`^hooks\.slack\.com/services/T[A-Z0-9]{8,11}/B[A-Z0-9]{8,11}/([A-Za-z0-9]{24})`)},
	// https://discord.com/developers/docs/resources/webhook
	{kind: "a webhook of Discord", anchor: "/api/webhooks/", entropy: 3.5, re: regexp.MustCompile(`^/api/webhooks/[0-9]{17,20}/([A-Za-z0-9_-]{60,80})`)},
	// https://cloud.google.com/docs/authentication/api-keys
	token("an API key of Google", "AIza", `[A-Za-z0-9_-]{35}`),
	token("a client secret of Google", "GOCSPX-", `[A-Za-z0-9_-]{28}`),
	// https://huggingface.co/docs/hub/security-tokens
	token("a token of Hugging Face", "hf_", `[A-Za-z]{34}`),
	// https://platform.openai.com/docs/api-reference/authentication
	token("a key of OpenAI", "sk-", `[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}`),
	token("a key of OpenAI", "sk-proj-", `[A-Za-z0-9_-]{40,}`),
	token("a key of Anthropic", "sk-ant-", `[a-z0-9]{5}-[A-Za-z0-9_-]{80,}`),
	// https://docs.stripe.com/keys
	token("a key of Stripe", "sk_live_", `[A-Za-z0-9]{24,}`),
	token("a key of Stripe", "rk_live_", `[A-Za-z0-9]{24,}`),
	token("a key of SendGrid", "SG.", `[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`),
	// https://docs.npmjs.com/about-access-tokens
	token("a token of npm", "npm_", `[A-Za-z0-9]{36}`),
	// https://pypi.org/help/#apitoken
	token("a token of PyPI", "pypi-AgEIcHlwaS5vcmc", `[A-Za-z0-9_-]{50,}`),
	// https://docs.databricks.com/dev-tools/auth/pat.html
	token("a token of Databricks", "dapi", `[0-9a-f]{32}(?:-\d)?`),
	// https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
	{kind: "a storage key of Azure", anchor: "AccountKey=", entropy: 4, re: regexp.MustCompile(`^AccountKey=([A-Za-z0-9+/]{86}==)`), real: notDevelopment},
	// https://docs.neptune.ai/setup/setting_api_token/
	token("a token of Neptune", "eyJhcGlfYWRkcmVzcyI6", `[A-Za-z0-9_-]{60,}={0,2}`),
	// https://core.telegram.org/bots/api#authorizing-your-bot
	{kind: "a token of Telegram", anchor: "bot", entropy: 4, re: regexp.MustCompile(`^bot([0-9]{8,10}:AA[A-Za-z0-9_-]{33})` + end)},
	// https://docs.wandb.ai/guides/track/environment-variables
	assigned("a key of Weights & Biases", "WANDB_API_KEY", `[0-9a-f]{40}`),
	{kind: "a key of Weights & Biases", anchor: "wandb", entropy: 3, re: regexp.MustCompile(`^wandb(?:\.login\(\s*(?:key\s*=\s*)?\\?["']| login (?:--relogin )?)([0-9a-f]{40})\b`)},
	// https://www.comet.com/docs/v2/guides/experiment-management/configure-sdk/
	assigned("a key of Comet", "COMET_API_KEY", `[A-Za-z0-9]{25,}`),
	// https://docs.codecov.com/docs/codecov-tokens
	assigned("an upload token of Codecov", "CODECOV_TOKEN", `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`),
	// https://www.kaggle.com/docs/api
	{kind: "a key of Kaggle", anchor: `"key"`, entropy: 3, only: kaggle, re: regexp.MustCompile(`^"key"\s*:\s*"([0-9a-f]{32})"`)},
	assigned("a key of Kaggle", "KAGGLE_KEY", `[0-9a-f]{32}`),
	// https://dagshub.com/docs/integration_guide/mlflow_tracking/
	assigned("a password of MLflow", "MLFLOW_TRACKING_PASSWORD", `[0-9a-f]{40}`),
	// RFC 7468, RFC 4716
	{kind: "a private key", anchor: "-----BEGIN ", entropy: 4, only: apart, re: regexp.MustCompile(`^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s|\\r|",?\s*")*([A-Za-z0-9+/=\s\\]{64,})`)},
	// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS and its like
	connection("mongodb"), connection("postgres"), connection("mysql"), connection("amqp"), connection("redis"),
	named("api_key"), named("apikey"), named("api-key"), named("api_token"), named("auth_token"), named("access_token"),
	named("client_secret"), named("secret_key"), named("_token"), named("_secret"), named("_password"),
	setting("api_key", ``), setting("apikey", ``), setting("secret", `(_?key)?`), setting("token", ``), setting("password", ``), setting("passwd", ``),
	setting("access_key", `(_id)?`), setting("_key", ``),
}

// lists holds the rules by the first two bytes of their anchors; index says
// which of the lists it is, 0 for none, so that most of a text costs one look each.
var index, lists = func() (at [1 << 16]uint8, lists [][]*rule) {
	lists = append(lists, nil)
	for i := range rules {
		if rules[i].only == 0 {
			rules[i].only = anywhere
		}
		for _, pair := range pairs(&rules[i]) {
			if at[pair] == 0 {
				lists = append(lists, nil)
				at[pair] = uint8(len(lists) - 1)
			}
			lists[at[pair]] = append(lists[at[pair]], &rules[i])
		}
	}
	return at, lists
}()

// pairs are the first two bytes with which a rule's anchor may begin.
func pairs(r *rule) []int {
	first, second := r.anchor[:1], r.anchor[1:2]
	out := []int{pair(first[0], second[0])}
	if !r.fold {
		return out
	}
	for _, f := range []string{strings.ToLower(first), strings.ToUpper(first)} {
		for _, s := range []string{strings.ToLower(second), strings.ToUpper(second)} {
			if p := pair(f[0], s[0]); !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

func pair(a, b byte) int { return int(a)<<8 | int(b) }

func secretKey(name string) rule {
	return rule{
		kind: "a secret key of AWS", anchor: name, fold: true, entropy: 4, real: mixed,
		re: regexp.MustCompile(`^(?i:` + name + `)\\?["']?\]?\s*[:=,]\s*\\?["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`),
	}
}

// connection is a rule for the address of a server in the open with a password in it.
func connection(scheme string) rule {
	return rule{
		kind: "a password in an address", anchor: scheme, entropy: 2.8, real: notAWord, only: code,
		re: regexp.MustCompile(`^` + scheme + `(?:ql|\+srv|s)?(?:\+\w+)?://[^\s:/@"'<>{}$]+:([^\s:/@"'<>{}$]{8,})@[^\s:/@"'<>{}$]*[a-z0-9-]+\.[a-z]{2,}`),
	}
}

// isEnv reports whether a file sets variables of the environment.
func isEnv(file string) bool {
	base := strings.ToLower(path.Base(file))
	return notTest(file) && (base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".env") || base == ".envrc" || base == "secrets.toml") &&
		!strings.Contains(base, "test") && !strings.Contains(base, ".ci")
}

// isCodeOrConfig leaves out what is written for readers, and tests.
func isCodeOrConfig(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".rst", ".txt", ".mdx", ".adoc", ".csv", ".tsv", ".jsonl":
		return false
	}
	return notTest(file)
}

var testing = regexp.MustCompile(`(?i)(^|[/_.-])(tests?|testing|testdata|fixtures?|examples?|samples?|demo|docs?|mocks?|e2e|spec|cassettes|conftest)([/_.-]|$)`)

func notTest(file string) bool { return !testing.MatchString(file) }

// mixed reports whether a value has digits and letters, as random ones do, and is
// no name of something else: a path, an address, a version, a word with dashes.
func mixed(value string) bool {
	return strings.ContainsAny(value, "0123456789") && letters.MatchString(value) && !dotted.MatchString(value) && !strings.Contains(value, "://") &&
		longest(value) >= 12
}

var (
	letters = regexp.MustCompile(`[A-Za-z]`)
	dotted  = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z]+)+[0-9]*$|^[a-z_.-]+$|^[A-Z_]+$|^/|\.(py|json|ya?ml|txt|pem|key|com|net|org|io)$`)
	part    = regexp.MustCompile(`[A-Za-z0-9+]+`)
	word    = regexp.MustCompile(`(?i)^[a-z_.-]*(password|passwd|admin|root|user|test|minio|airflow|postgres|mysql|mlflow|guest|local|default|change|dev|demo|secret)[a-z_.-]*[0-9!@]{0,4}$`)
)

// longest is the length of the longest run of letters and digits.
func longest(value string) int {
	most := 0
	for _, p := range part.FindAllString(value, -1) {
		most = max(most, len(p))
	}
	return most
}

// notAWord reports whether a value is more than a word that a beginner's guide has.
func notAWord(value string) bool {
	return !word.MatchString(value) && strings.ContainsAny(value, "0123456789") && letters.MatchString(value) && !dotted.MatchString(value)
}

// notDevelopment leaves out the key that every emulator of Azure's storage has
// (https://learn.microsoft.com/azure/storage/common/storage-connect-azurite).
func notDevelopment(value string) bool { return !strings.HasPrefix(value, "Eby8vdM02xNOcqF") }
