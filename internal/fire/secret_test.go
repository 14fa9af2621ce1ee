package fire_test

import (
	"encoding/base64"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A secret that a stage prints piece by piece, or in another form, is nowhere:
// neither on the screen nor in any file that muster keeps.
func TestSecretInPieces(t *testing.T) {
	needImages(t, python)
	const secret = "s3cr3t/with+signs&more=words"
	p := newProject(t, `
version: 1
image: muster-example/python-sklearn:1
stages: {tell: {run: python3 tell.py, inputs: [tell.py], secrets: [TOKEN]}}
`)
	p.write("tell.py", `
import base64, os, sys, time, urllib.parse
secret = os.environ["TOKEN"]
def tell(text, to, size):
    for i in range(0, len(text), size):
        to.write(text[i:i + size]); to.flush(); time.sleep(0.0005)
    to.write(" told\n"); to.flush()
forms = [secret, urllib.parse.quote(secret, safe="")]
forms += [base64.b64encode((pad + secret + end).encode()).decode() for pad in ("", "u", "us", "user:") for end in ("", "x", "\n")]
forms += [base64.urlsafe_b64encode(secret.encode()).decode(), secret.encode().hex()]
for size in (1, 7):
    for to in (sys.stdout, sys.stderr):
        for form in forms:
            tell(form, to, size)
sys.stdout.write("x" * 70000 + secret + "x" * 70000); sys.stdout.flush()
sys.exit(5)
`)
	p.env = []string{"TOKEN=" + secret}
	for _, args := range [][]string{{"--progress", "plain"}, {"--quiet", "--format", "jsonl"}} {
		said := p.call(3, append([]string{"run"}, args...)...)
		wantNoSecret(t, strings.Join(args, " "), said, secret)
	}
	if !strings.Contains(p.log("tell"), "*** told") {
		t.Errorf("the log is\n%.2000s", p.log("tell"))
	}
	err := filepath.WalkDir(p.path(".muster"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		wantNoSecret(t, path, string(data), secret)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantNoSecret(t *testing.T, where, text, secret string) {
	t.Helper()
	for _, form := range []string{
		secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte("us" + secret))[4:30], base64.StdEncoding.EncodeToString([]byte("u" + secret))[4:30],
	} {
		if at := strings.Index(text, form); at >= 0 {
			t.Errorf("%s has %q: %.300q", where, form, text[max(0, at-100):])
		}
	}
}
