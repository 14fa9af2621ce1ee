package mask_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/muster-ci/muster/stages/mask"
)

const (
	token = `s3cr3t/+"'$ é&<x>~!`
	key   = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nAgEAAoIBAQC7VJTUt9Us8cKjMzEfYyjiWA4R4/M2\n{\n-----END PRIVATE KEY-----\n"
)

// What a program prints of a secret, and none of it may be seen.
func TestForms(t *testing.T) {
	marshal := func(v string) string { data, _ := json.Marshal(v); return string(data) }
	withoutHTML := func(v string) string {
		var out strings.Builder
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	shell := func(v string) string { return "'" + strings.ReplaceAll(v, "'", `'\''`) + "'" }
	tests := map[string]func(string) string{
		"itself":                  func(v string) string { return "token=" + v + ";" },
		"twice":                   func(v string) string { return v + v },
		"base64":                  func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
		"base64 of a header":      func(v string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + v)) },
		"base64 after one byte":   func(v string) string { return base64.StdEncoding.EncodeToString([]byte("u" + v + "..")) },
		"base64 after two bytes":  func(v string) string { return base64.StdEncoding.EncodeToString([]byte("us" + v + "...")) },
		"base64 for URLs":         func(v string) string { return base64.URLEncoding.EncodeToString([]byte("u" + v)) },
		"base64 in lines":         func(v string) string { return wrapped(base64.StdEncoding.EncodeToString([]byte(v)), 76) },
		"base64 in lines of PEM":  func(v string) string { return wrapped(base64.StdEncoding.EncodeToString([]byte(v)), 64) },
		"base64 with line feed":   func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v + "\n")) },
		"hexadecimal":             func(v string) string { return hex.EncodeToString([]byte(v)) },
		"hexadecimal, upper case": func(v string) string { return fmt.Sprintf("%X", v) },
		"a query":                 func(v string) string { return "?key=" + url.QueryEscape(v) },
		"a path":                  func(v string) string { return "/" + url.PathEscape(v) },
		"lower-case percent": func(v string) string {
			return strings.ToLower(url.QueryEscape("é")) + lowerPercent(url.QueryEscape(v))
		},
		"a user in a URL":   func(v string) string { return url.UserPassword("u", v).String() },
		"JSON":              marshal,
		"JSON without HTML": withoutHTML,
		"ASCII text":        strconv.QuoteToASCII,
		"HTML":              html.EscapeString,
		"a shell's word":    shell,
	}
	for _, secret := range []string{token, key, "password1234"} {
		masker := mask.New(secret)
		for name, print := range tests {
			if name == "ASCII text" && secret == token {
				continue // \u00e9 is there in JSON's way and not in Go's
			}
			printed := print(secret)
			got := masker.String(printed)
			if left := remainder(got); left > 24 {
				t.Errorf("%s: %q became %q, %d characters of it are left", name, printed, got, left)
			}
			if !strings.Contains(got, mask.Mask) {
				t.Errorf("%s: nothing is masked in %q", name, got)
			}
			for line := range strings.SplitSeq(strings.TrimSpace(secret), "\n") {
				if len(line) > 7 && strings.Contains(got, line) {
					t.Errorf("%s: %q is in %q", name, line, got)
				}
			}
		}
	}
}

// remainder counts what is neither mask nor the little that surrounds it.
func remainder(text string) int {
	return len(strings.NewReplacer(mask.Mask, "", "\n", "").Replace(text))
}

func wrapped(text string, width int) string {
	var out strings.Builder
	for len(text) > width {
		out.WriteString(text[:width] + "\n")
		text = text[width:]
	}
	return out.String() + text + "\n"
}

func lowerPercent(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' {
			out.WriteString(strings.ToLower(text[i : i+3]))
			i += 2
			continue
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// A tool that reads a cloud's key file prints the private key in it.
func TestAKeyInsideOfJSON(t *testing.T) {
	file, err := json.MarshalIndent(map[string]string{"type": "service_account", "private_key": key}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got := mask.New(string(file)).String(key + "service_account {\n")
	if strings.Contains(got, "MIIE") || strings.Contains(got, "PRIVATE") || !strings.Contains(got, "service_account {") {
		t.Errorf("masked to %q", got)
	}
}

func TestShortValuesAndTheRestOfTheLogAreNotMasked(t *testing.T) {
	text := "abc 123 \x00 ok\n" + base32.StdEncoding.EncodeToString([]byte("nothing")) + "\r\n"
	for _, masker := range []*mask.Masker{mask.New(), mask.New(""), mask.New("abc", "123"), mask.New("another secret")} {
		if got := masker.String(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Only what may yet become a secret waits: a line without one is seen at once.
func TestLittleIsHeldBack(t *testing.T) {
	var out bytes.Buffer
	w := mask.New("secretvalue").Writer(&out)
	steps := []struct{ write, seen string }{
		{"epoch 1\n", "epoch 1\n"}, {"the s", "the "}, {"ecre", ""}, {"t is sec", "secret is "}, {"retvalue", ""}, {"!", "***!"}, {"secretval", ""},
	}
	for _, step := range steps {
		out.Reset()
		if _, err := io.WriteString(w, step.write); err != nil {
			t.Fatal(err)
		}
		// The end of a value settles it, or the next byte does, should it go on.
		if got := out.String(); got != step.seen && got != strings.TrimSuffix(step.seen, "!") {
			t.Errorf("after %q one sees %q, want %q", step.write, got, step.seen)
		}
	}
	out.Reset()
	if err := w.Flush(); err != nil || out.String() != "secretval" {
		t.Errorf("at the end one sees %q, %v", out.String(), err)
	}
}

// naive masks a whole text at once, by the definition: a byte is secret if it
// is part of a word, and each stretch of secret bytes becomes one mask.
func naive(text string, words []string) string {
	secret := make([]bool, len(text))
	for _, word := range words {
		for i := 0; i+len(word) <= len(text); i++ {
			if text[i:i+len(word)] == word {
				for j := range len(word) {
					secret[i+j] = true
				}
			}
		}
	}
	var out strings.Builder
	for i := range len(text) {
		switch {
		case !secret[i]:
			out.WriteByte(text[i])
		case i == 0 || !secret[i-1]:
			out.WriteString(mask.Mask)
		}
	}
	return out.String()
}

// FuzzWriter holds the stream, cut anywhere, against the naive definition.
func FuzzWriter(f *testing.F) {
	f.Add("xxabcabcdabcxx", "abcd", "cdab", uint64(1))
	f.Add("aaaaaaaaaa", "aaaa", "aaaaaaa", uint64(2))
	f.Add("1234 123412345678", "1234", "12345678", uint64(3))
	f.Add("ababababcababab", "ababc", "babab", uint64(4))
	f.Add("line one\nline two\n", "line one\nline two", "e\nli", uint64(5))
	f.Add("\xff\xfe\xff\xfe\xff", "\xff\xfe\xff\xfe", "\xfe\xff\xfe\xff", uint64(6))
	f.Fuzz(func(t *testing.T, text, one, two string, seed uint64) {
		words := append(mask.Forms(one), mask.Forms(two)...)
		want := naive(text, words)
		var out bytes.Buffer
		w := mask.New(one, two).Writer(&out)
		random := rand.New(rand.NewPCG(seed, 0))
		for rest := text; len(rest) > 0; {
			n := 1 + random.IntN(len(rest))
			if random.IntN(2) == 0 {
				n = 1
			}
			if _, err := io.WriteString(w, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != want {
			t.Errorf("%q without %q and %q is %q, want %q", text, one, two, got, want)
		}
	})
}

// Random texts over few letters, in which words overlap all the time.
func TestAgainstTheDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	letters := func(n int) string {
		out := make([]byte, n)
		for i := range out {
			out[i] = "ab"[random.IntN(2)]
		}
		return string(out)
	}
	for range 3000 {
		one, two, text := letters(4+random.IntN(4)), letters(4+random.IntN(9)), letters(random.IntN(60))
		want := naive(text, append(mask.Forms(one), mask.Forms(two)...))
		var out bytes.Buffer
		w := mask.New(one, two).Writer(&out)
		for rest := text; len(rest) > 0; {
			n := 1 + random.IntN(len(rest))
			if _, err := io.WriteString(w, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Fatalf("%q without %q and %q is %q, want %q", text, one, two, out.String(), want)
		}
	}
}

// A stage that prints for ever, with no line feed, does not fill the memory.
func TestMemoryStaysFlat(t *testing.T) {
	w := mask.New(key, token, strings.Repeat("a", 5000)).Writer(io.Discard)
	chunk := bytes.Repeat([]byte("aaaaaaaaaaaaaaaa loss=0.123 "+token), 700)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 200 {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("%d bytes more are held after %d bytes of log", grown, 200*len(chunk))
	}
}

func BenchmarkWriter(b *testing.B) {
	line := "2026-11-25T15:00:00Z INFO epoch 12/100 batch 431 loss=0.12345 accuracy=0.98765 lr=1e-3 time=12.3s\n"
	chunk := []byte(strings.Repeat(line, 32<<10/len(line)))
	for name, secrets := range map[string][]string{"none": nil, "a token": {"ghp_16C7e42F292c6912E7710c838347Ae178B4a"}, "three and a key": {"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "hunter22", "AKIAIOSFODNN7EXAMPLE", key}} {
		b.Run(name, func(b *testing.B) {
			w := mask.New(secrets...).Writer(io.Discard)
			b.SetBytes(int64(len(chunk)))
			for b.Loop() {
				if _, err := w.Write(chunk); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
