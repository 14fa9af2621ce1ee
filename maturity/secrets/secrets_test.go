package secrets_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/secrets"
)

// The values below are made up; they are put together here so that no scanner,
// this one included, finds them in the file.
const (
	letters = "kQ7vZp2LmX9cTr4WnB8sYd6HgJ3fAe5U"
	hex     = "9f3a7c1e5b2d8046af19c37e52b8d604f1a3c97e"
)

func TestFind(t *testing.T) {
	key := "-----BEGIN " + "RSA PRIVATE KEY-----\n" + strings.Repeat(letters+"aZ\n", 6)
	for _, tt := range []struct {
		name, file, text string
		want             []string
	}{
		{"access key", "config.py", "x = 1\nKEY = '" + "AKIA" + "QYLPMN5HFIQ3TRZA" + "'\n", []string{"2 an access key of AWS"}},
		{"secret key", ".aws/credentials", "aws_secret_access_key = " + letters + "tR4WnB8s\n", []string{"1 a secret key of AWS"}},
		{"forge token", "notebooks/push.ipynb", "\"!git push https://" + "ghp_" + letters + "aB3d@github.com/x\"\n", []string{"1 a token of GitHub"}},
		{"model hub", "app.py", "login('" + "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNmQaZwSxEd" + "')\n", []string{"1 a token of Hugging Face"}},
		{"tracker", "train.sh", "export WANDB_API_KEY=" + hex + "\n", []string{"1 a key of Weights & Biases"}},
		{"tracker's login", "train.py", "wandb.login(key=\"" + hex + "\")\n", []string{"1 a key of Weights & Biases"}},
		{"upload token", "ci.yml", "env:\n  CODECOV_TOKEN: 5e8" + "1c0f2-7b4d-4a19-9c3e-d2f6a8b0c4e1\n", []string{"2 an upload token of Codecov"}},
		{"private key", "deploy/key.pem", key, []string{"1 a private key"}},
		{"service account", "sa.json", `{"type": "service_account", "private_key": "` + strings.ReplaceAll(strings.Replace(key, "RSA ", "", 1), "\n", `\n`) + `"}`, []string{"1 a private key"}},
		{"environment", ".env", "NAME=churn\nDB_PASSWORD=t9" + "Kq!vR2mZx\n", []string{"2 a secret in a file of settings"}},
		{"address", "config.py", "URI = 'mongodb+srv://ml:t9" + "KqvR2mZx@cluster0.ab1cd.mongodb.net/db'\n", []string{"1 a password in an address"}},
		{"literal", "weather.py", "API_KEY = \"" + hex[:32] + "\"\n", []string{"1 a secret in clear text"}},
		{"storage", "blob.py", "c = 'AccountKey=" + letters + letters + letters[:22] + "=='\n", []string{"1 a storage key of Azure"}},

		{"sample of the issuer", "config.py", "KEY = 'AKIAIOSFODNN7EXAMPLE'\n", nil},
		{"sample file", ".env.example", "DB_PASSWORD=t9KqvR2mZx\n", nil},
		{"words for development", ".env", "POSTGRES_PASSWORD=postgres\nAIRFLOW_PASSWORD=airflow123\nMINIO_SECRET_KEY=minioadmin\n", nil},
		{"names only", ".env", "COMPOSE_PROJECT_NAME=handson\n", nil},
		{"variable", "compose.yml", "DB_PASSWORD: ${DB_PASSWORD}\nTOKEN: ${{ secrets.TOKEN }}\n", nil},
		{"from the environment", "app.py", "api_key = os.environ['OPENAI_API_KEY']\nsecret_key = settings.SECRET_KEY_FOR_SIGNING\n", nil},
		{"placeholder", "config.json", `{"OPENAI_API_KEY": "sk-your-key-goes-here-1234567890"}`, nil},
		{"picture in a notebook", "a.ipynb", `"image/png": "iVBOR/` + "AIza" + letters + `abc/Qw"`, nil},
		{"tests' certificate", "tests/certs/server.key", key, nil},
		{"service of a compose file", "compose.yml", "URL: postgresql://mlflow:t9KqvR2mZx@db:5432/mlflow\n", nil},
		{"model's name", "train.py", "pretrained_token = 'bert-base-uncased-finetuned-2021'\nmodel_key = 'models/churn/v12/model.joblib'\n", nil},
		{"digest", "requirements.txt", "numpy==1.2.3 --hash=sha256:" + hex + "\n", nil},
		{"lock", "uv.lock", "api_key = \"" + hex + "\"\n", nil},
		{"emulator", "blob.py", "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range secrets.Find(tt.file, []byte(tt.text)) {
				got = append(got, fmt.Sprintf("%d %s", f.Line, f.Kind))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.file, diff)
			}
		})
	}
}

func TestStateFile(t *testing.T) {
	for file, want := range map[string]string{
		"infra/terraform.tfstate": "a state file of Terraform", "infra/terraform.tfstate.backup": "a state file of Terraform",
		"id_rsa": "a private SSH key", "android.keystore": "a key store", "main.tf": "", "id_rsa.pub": "",
	} {
		if got := secrets.StateFile(file); got != want {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	text := []byte(strings.Repeat("def train(path, out):\n    frame = pd.read_csv(path)  # tokens and keys\n    model.fit(frame, api)\n", 10_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		secrets.Find("a.py", text)
	}
}

func FuzzFind(f *testing.F) {
	f.Add(".env", []byte("DB_PASSWORD=t9KqvR2mZx\n"))
	f.Add("a.py", []byte("-----BEGIN PRIVATE KEY-----\n"))
	f.Add("a.ipynb", []byte(`"AccountKey=a"`))
	f.Fuzz(func(t *testing.T, file string, text []byte) {
		lines := 1 + strings.Count(string(text), "\n")
		for _, x := range secrets.Find(file, text) {
			if x.Line < 1 || x.Line > lines || x.Kind == "" {
				t.Errorf("%s: %+v of %d lines", file, x, lines)
			}
		}
	})
}
