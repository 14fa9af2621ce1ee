package reach

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
)

// What a script in R reads in: source("R/x.R"), source(here("R", "x.R")), all files
// of a folder, tar_source() of targets, load_all() of devtools.
var (
	rSource = regexp.MustCompile(`\bsource\s*\(\s*(?:(?:here::)?here\s*\(|file\.path\s*\()?\s*((?:["'][^"']+["']\s*,?\s*)+)`)
	rQuoted = regexp.MustCompile(`["']([^"']+)["']`)
	rFolder = regexp.MustCompile(`\b(?:list\.files|dir_ls|tar_source)\s*\(\s*(?:path\s*=\s*)?["']([^"']+)["']`)
	rAll    = regexp.MustCompile(`\btar_source\s*\(\s*\)|\bload_all\s*\(`)
	rReads  = regexp.MustCompile(`\bsource\b|\btar_source\b`)
)

// isR reports whether a file is a script in R.
func isR(file string) bool { return strings.EqualFold(path.Ext(file), ".r") }

// sourced returns the scripts that one in R reads in.
func (im *importer) sourced(file string) []string {
	text := im.tree.Text[file]
	if len(text) > maxYAML || im.tree.Class(file) != source.Source {
		return nil
	}
	var out, folders []string
	for _, m := range rSource.FindAllSubmatch(text, maxTargets) {
		var parts []string
		for _, q := range rQuoted.FindAllSubmatch(m[1], maxParts) {
			parts = append(parts, string(q[1]))
		}
		if f := im.near(file, path.Join(parts...)); f != "" {
			out = append(out, f)
		}
	}
	if rReads.Match(text) {
		for _, m := range rFolder.FindAllSubmatch(text, maxTargets) {
			folders = append(folders, string(m[1]))
		}
	}
	if rAll.Match(text) {
		folders = append(folders, "R")
	}
	for _, dir := range folders {
		out = append(out, im.scripts(file, path.Clean(dir))...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxParts bounds the parts of a path.
const maxParts = 10

// near finds a file in the folder of a script, or in one above it.
func (im *importer) near(file, name string) string {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if f := path.Join(dir, name); isR(f) && im.tree.Has(f) {
			return f
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}

// scripts are those of a folder that lies beside a script, or above it.
func (im *importer) scripts(file, name string) []string {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		folder := path.Join(dir, name) + "/"
		from, _ := slices.BinarySearch(im.tree.Files, folder)
		var out []string
		for _, f := range im.tree.Files[from:min(len(im.tree.Files), from+maxMembers)] {
			if strings.HasPrefix(f, folder) && isR(f) {
				out = append(out, f)
			}
		}
		if len(out) > 0 || dir == "." || dir == "/" {
			return out
		}
	}
}
