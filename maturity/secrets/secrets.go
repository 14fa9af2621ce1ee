// Package secrets finds credentials and state files that were committed. It
// knows the formats of tokens whose issuers give them a form of their own, keys
// in PEM, and assignments to names that stand for a secret; it never repeats
// what it finds, only where and of which kind.
//
// False alarms are worse than a miss: values that are words, samples, or that
// come from a variable are no secrets, nor are certificates of tests.
package secrets

import (
	"bytes"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Finding is a place where a secret stands.
type Finding struct {
	Line int
	Kind string
}

// maxFindings bounds what is kept of one file.
const maxFindings = 20

// window is how far a secret may reach.
const window = 400

// Find returns the secrets of a file's text. The time it takes is linear.
func Find(file string, text []byte) []Finding {
	if exempt(file) {
		return nil
	}
	var out []Finding
	line, counted, in := 1, 0, scopes(file)
	for i := 0; i+2 < len(text) && len(out) < maxFindings; i++ {
		at := index[pair(text[i], text[i+1])]
		if at == 0 {
			continue
		}
		for _, r := range lists[at] {
			if r.only&in == 0 || !r.begins(text[i:]) || !r.holds(text, i) {
				continue
			}
			line += bytes.Count(text[counted:i], []byte("\n"))
			counted = i
			out = append(out, Finding{Line: line, Kind: r.kind})
			i += len(r.anchor)
			break
		}
	}
	return slices.Compact(out)
}

// exempt reports whether a file may hold what looks like secrets: samples of a
// file to be filled in, tests of other programs, lists of locked packages.
func exempt(file string) bool {
	base := strings.ToLower(path.Base(file))
	switch {
	case sample.MatchString(base), strings.HasSuffix(base, ".lock"), strings.HasSuffix(base, "-lock.json"), strings.HasSuffix(base, "-lock.yaml"):
		return true
	case base == ".gitleaks.toml", base == ".gitleaksignore", base == ".secrets.baseline":
		return true
	}
	return false
}

var sample = regexp.MustCompile(`[._-](example|sample|template|dist|tpl|tmpl|j2|jinja|defaults?)([._-]|$)|^(example|sample|template)[._-]`)

// begins reports whether the rule's anchor stands at the beginning of a text.
func (r *rule) begins(text []byte) bool {
	if len(text) < len(r.anchor) {
		return false
	}
	for i := range len(r.anchor) {
		c := text[i]
		if r.fold && c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != r.anchor[i] {
			return false
		}
	}
	return true
}

// holds reports whether a secret stands at a place where the anchor does.
func (r *rule) holds(text []byte, at int) bool {
	if r.edge && isInside(text[:at]) {
		return false
	}
	m := r.re.FindSubmatch(text[at:min(at+window, len(text))])
	if m == nil {
		return false
	}
	value := string(m[len(m)-1])
	return !placeholder(value) && entropy(value) >= r.entropy && (r.real == nil || r.real(value))
}

// isInside reports whether a text ends within a word, so that what follows is
// no beginning; behind the slashes of an address it is one.
func isInside(before []byte) bool {
	return len(before) > 0 && isTokenByte(before[len(before)-1]) && !bytes.HasSuffix(before, []byte("://"))
}

func isTokenByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '+' || c == '/'
}

var (
	samples  = regexp.MustCompile(`(?i)example|sample|xxx|your|placeholder|dummy|fake|changeme|change[-_]me|insert|replace|redacted|todo|1234567|abcdefgh|deadbeef|0000000|secret[-_]?(key|here|token)|my[-_](secret|token|key|password)|django-insecure`)
	variable = regexp.MustCompile(`^\$|^%|^<|^\{|^\[|\$\{|\{\{|^(os\.|env\.|secrets?\.|process\.|vars?\.|config\.|settings\.|getenv|data\.)`)
)

// placeholder reports whether a value only stands for one.
func placeholder(value string) bool {
	return samples.MatchString(value) || variable.MatchString(value)
}

// entropy is Shannon's, in bits for each byte of the value.
func entropy(value string) float64 {
	if value == "" {
		return 0
	}
	var counts [256]int
	for i := range len(value) {
		counts[value[i]]++
	}
	sum := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(value))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

// StateFile says what a file is that should not be committed, by its name
// alone, or "".
func StateFile(file string) string {
	base := strings.ToLower(path.Base(file))
	switch {
	case strings.HasSuffix(base, ".tfstate"), strings.HasSuffix(base, ".tfstate.backup"):
		return "a state file of Terraform"
	case strings.HasSuffix(base, ".p12"), strings.HasSuffix(base, ".pfx"), strings.HasSuffix(base, ".jks"), strings.HasSuffix(base, ".keystore"):
		return "a key store"
	case base == "id_rsa", base == "id_ed25519", base == "id_ecdsa", base == "id_dsa":
		return "a private SSH key"
	}
	return ""
}
