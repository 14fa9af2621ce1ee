package fetch_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/muster-ci/muster/stages/fetch"
)

// cleanEnv takes the machine's own credentials for clouds away.
func cleanEnv(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		for _, prefix := range []string{"AWS_", "AZURE_", "GOOGLE_", "STORAGE_"} {
			if strings.HasPrefix(name, prefix) {
				t.Setenv(name, "")
				os.Unsetenv(name)
			}
		}
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

// s3Server keeps objects as S3 does; answer may do something else before it.
func s3Server(t *testing.T, objects map[string][]byte, answer func(w http.ResponseWriter, r *http.Request, gets int) http.ResponseWriter) *origin {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	for key, content := range objects {
		if _, err := backend.PutObject("bucket", key, map[string]string{}, bytes.NewReader(content), int64(len(content)), nil); err != nil {
			t.Fatal(err)
		}
	}
	handler := gofakes3.New(backend).Server()
	gets := 0
	return serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKID/") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.Method == http.MethodGet {
			w = answer(w, r, gets)
			gets++
		}
		if w != nil {
			handler.ServeHTTP(w, r)
		}
	})
}

func asItIs(w http.ResponseWriter, _ *http.Request, _ int) http.ResponseWriter { return w }

func s3Env(t *testing.T) {
	t.Helper()
	cleanEnv(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
}

func TestS3(t *testing.T) {
	s3Env(t)
	content := data(1 << 20)
	server := s3Server(t, map[string][]byte{"a/b c+ü.csv": content, "empty": {}}, asItIs)
	for key, want := range map[string][]byte{"a/b%20c+%C3%BC.csv": content, "empty": {}} {
		task := newTask(t, "s3://bucket/"+key+"?endpoint="+server.URL)
		fetched, got := get(t, task)
		if !bytes.Equal(got, want) || fetched.ETag == "" {
			t.Errorf("%d bytes came of %d, recorded as %+v", len(got), len(want), fetched)
		}
		task.Recorded, task.Have = &fetched.Fetched, func(sum string) bool { return sum == digest(want) }
		again, err := fetch.New("1.0", quick).Fetch(t.Context(), task)
		if err != nil || again.Path != "" || again.Warning != "" {
			t.Errorf("again: %+v, %v", again, err)
		}
	}
	if err := wrong(t, newTask(t, "s3://bucket/none?endpoint="+server.URL)); !strings.Contains(err.Error(), "not found") {
		t.Error(err)
	}
	if err := wrong(t, newTask(t, "s3://no-bucket/none?endpoint="+server.URL)); !strings.Contains(err.Error(), "not found") {
		t.Error(err)
	}
	if err := wrong(t, newTask(t, "s3://bucket/empty?anonymous=true&endpoint="+server.URL)); !strings.Contains(err.Error(), "access denied (403)") {
		t.Error(err)
	}
	for _, header := range server.asked("X-Amz-Security-Token") {
		if header != "" {
			t.Error("a token was sent that nobody set")
		}
	}
}

func TestS3IsTakenUpAgain(t *testing.T) {
	s3Env(t)
	content := data(1 << 20)
	server := s3Server(t, map[string][]byte{"k": content}, func(w http.ResponseWriter, _ *http.Request, gets int) http.ResponseWriter {
		switch gets {
		case 0, 2:
			return &cutter{ResponseWriter: w, left: 300_000}
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
			return nil
		default:
			return w
		}
	})
	if _, got := get(t, newTask(t, "s3://bucket/k?endpoint="+server.URL)); !bytes.Equal(got, content) {
		t.Error("other content came")
	}
	ranges := slices.DeleteFunc(server.asked("Range"), func(s string) bool { return s == "" })
	if !slices.Equal(slices.Compact(ranges), []string{"bytes=300000-", "bytes=600000-"}) {
		t.Errorf("asked for %q", ranges)
	}
}

func TestS3Failures(t *testing.T) {
	cleanEnv(t)
	server := s3Server(t, map[string][]byte{"k": nil}, asItIs)
	if err := wrong(t, newTask(t, "s3://bucket/k?endpoint="+server.URL)); !strings.Contains(err.Error(), "no credentials that work") {
		t.Error(err)
	}
	if err := wrong(t, newTask(t, "s3://bucket/k?anonymous=true")); !strings.Contains(err.Error(), "region is not known") {
		t.Error(err)
	}
	server.Close()
	if err := wrong(t, newTask(t, "s3://bucket/k?anonymous=true&endpoint="+server.URL)); !strings.Contains(err.Error(), "connection refused") {
		t.Error(err)
	}
	if err := wrong(t, newTask(t, "s3://latest/meta-data/x?anonymous=true&endpoint=http://169.254.169.254")); !strings.Contains(err.Error(), "cloud metadata") {
		t.Error(err)
	}
}

func TestGS(t *testing.T) {
	cleanEnv(t)
	content := data(1 << 18)
	server := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if r.URL.EscapedPath() != "/bucket/a//b%20%3Fc.csv" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if n == 0 {
			cut(w, r, content, 100_000)
			return
		}
		whole(w, r, content)
	})
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(server.URL, "http://"))
	if _, got := get(t, newTask(t, "gs://bucket/a//b%20%3Fc.csv")); !bytes.Equal(got, content) {
		t.Errorf("%d bytes came, others than were sent", len(got))
	}
	if asked := server.asked("Range"); !slices.Equal(asked, []string{"", "bytes=100000-"}) {
		t.Errorf("asked for %q", asked)
	}
	if err := wrong(t, newTask(t, "gs://bucket/none")); !strings.Contains(err.Error(), "fetch gs://bucket/none: not found") {
		t.Error(err)
	}
}

// roundTripper answers without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestGSCredentials(t *testing.T) {
	cleanEnv(t)
	tokens := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.FormValue("refresh_token") != "r3fr3sh" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token": "t0k3n", "expires_in": 3600, "token_type": "Bearer"}`)
	})
	login := func(refresh string) {
		t.Helper()
		name := filepath.Join(t.TempDir(), "login.json")
		text := fmt.Sprintf(`{"type": "external_account_authorized_user", "audience": "//iam.googleapis.com/x", "client_id": "i", "client_secret": "s", "token_url": %q, "refresh_token": %q}`, tokens.URL, refresh)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", name)
	}
	cloud := fetch.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		answer := httptest.NewRecorder()
		if r.URL.Host != "storage.googleapis.com" || r.URL.Scheme != "https" || r.Header.Get("Authorization") != "Bearer t0k3n" {
			answer.WriteHeader(http.StatusForbidden)
		} else {
			whole(answer, r, []byte("private"))
		}
		return answer.Result(), nil
	}))
	login("r3fr3sh")
	if _, got := get(t, newTask(t, "gs://bucket/k"), cloud); string(got) != "private" {
		t.Errorf("%q came", got)
	}
	if err := wrong(t, newTask(t, "gs://bucket/k?anonymous=true"), cloud); !strings.Contains(err.Error(), "access denied (403)") {
		t.Error(err)
	}
	login("expired")
	if err := wrong(t, newTask(t, "gs://bucket/k"), cloud); !strings.Contains(err.Error(), "no credentials that work") {
		t.Error(err)
	}
}

// azure answers as Azure Blob Storage does to what a download asks, and checks
// the signature of the shared key over what it was sent.
func azure(t *testing.T, content []byte) *origin {
	t.Helper()
	gets := 0
	return serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if !signed(r) || r.URL.Path == "/acme/container/denied" {
			w.Header().Set("X-Ms-Error-Code", "AuthenticationFailed")
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.URL.Path == "/acme/container/odd" {
			whole(w, r, content) // without what Azure says of a blob
			return
		}
		if r.URL.Path != "/acme/container/a b.csv" {
			w.Header().Set("X-Ms-Error-Code", "BlobNotFound")
			w.WriteHeader(http.StatusNotFound)
			return
		}
		r.Header.Set("Range", r.Header.Get("X-Ms-Range"))
		w.Header().Set("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT")
		w.Header().Set("X-Ms-Creation-Time", "Mon, 02 Nov 2026 10:00:00 GMT")
		w.Header().Set("X-Ms-Blob-Type", "BlockBlob")
		if r.Method == http.MethodGet {
			if gets++; gets == 1 {
				cut(w, r, content, 100_000)
				return
			}
		}
		whole(w, r, content)
	})
}

func signed(r *http.Request) bool {
	if r.Header.Get("X-Ms-Version") == "" || r.Header.Get("X-Ms-Date") == "" {
		return false
	}
	var own []string
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-ms-") {
			own = append(own, lower+":"+r.Header.Get(name))
		}
	}
	slices.Sort(own)
	text := strings.Join([]string{
		r.Method, "", "", "", "", "", "", "", r.Header.Get("If-Match"), "", "", r.Header.Get("Range"),
		strings.Join(own, "\n"), "/acme" + r.URL.EscapedPath(),
	}, "\n")
	mac := hmac.New(sha256.New, []byte("k3y"))
	_, _ = io.WriteString(mac, text)
	return r.Header.Get("Authorization") == "SharedKey acme:"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestAzure(t *testing.T) {
	cleanEnv(t)
	content := data(1 << 18)
	server := azure(t, content)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AZURE_STORAGE_ACCOUNT", "acme")
	t.Setenv("AZURE_STORAGE_KEY", base64.StdEncoding.EncodeToString([]byte("k3y")))
	t.Setenv("AZURE_STORAGE_DOMAIN", u.Host)
	t.Setenv("AZURE_STORAGE_PROTOCOL", "http")
	fetched, got := get(t, newTask(t, "azblob://container/a%20b.csv"))
	if !bytes.Equal(got, content) || fetched.ETag == "" {
		t.Errorf("%d bytes came, recorded as %+v", len(got), fetched)
	}
	if ranges := server.asked("X-Ms-Range"); !slices.Contains(ranges, "bytes=100000-") {
		t.Errorf("asked for %q", ranges)
	}
	for name, want := range map[string]string{"none": "not found", "denied": "access denied (403)", "odd": "answer lacks", "a%20b.csv?storage_account=other": "not found"} {
		if err := wrong(t, newTask(t, "azblob://container/"+name)); !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Setenv("AZURE_STORAGE_SAS_TOKEN", "sig=t0k3n")
	err = wrong(t, newTask(t, "azblob://container/a%20b.csv?storage_account=other"))
	if !strings.Contains(err.Error(), "not for this storage account") {
		t.Error(err)
	}
	nothingSecret(t, err.Error(), "t0k3n")
}
