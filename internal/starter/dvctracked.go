package starter

import (
	"path"
	"slices"
	"strings"
)

// tracked looks at the .dvc files: what DVC keeps outside of git. A file that is
// not there is fetched by a stage, if it can be; else a note says how to get it.
func (d *dvcReader) tracked() {
	for _, name := range d.files {
		if !strings.HasSuffix(name, ".dvc") || path.Base(name) == ".dvc" {
			continue
		}
		doc, ok := d.yaml(name)
		if !ok {
			continue
		}
		for _, out := range doc.get("outs").list() {
			if place := out.get("path").text; place != "" {
				d.trackedFile(name, path.Join(path.Dir(name), doc.get("wdir").text, place), doc, out)
			}
		}
	}
}

// trackedFile deals with one output of a .dvc file, if a stage reads it.
func (d *dvcReader) trackedFile(name, place string, doc, out *value) {
	var readers []*stage
	for _, s := range d.p.stages {
		for _, in := range s.inputs {
			if overlaps(in, place) {
				readers = append(readers, s)
				break
			}
		}
	}
	if len(readers) == 0 {
		return
	}
	d.saw("data kept by DVC", name, 0)
	d.explained[place] = true
	url := d.source(doc, out)
	there := d.has(place) || d.isDir(place)
	switch {
	case there && url != "":
		readers[0].comment("%s is kept by DVC: where it is not there (in CI), get it first (dvc pull), or by a stage: {fetch: {url: %s}, outputs: [%s]}", place, url, place)
		d.add(name, 0, "%s is there, but DVC keeps it: where it is not (in CI), dvc pull, or a fetch stage for %s", place, url)
	case url != "":
		s := &stage{name: d.p.free(stageName("fetch-" + path.Base(place))), origin: name, fetch: url, outputs: []string{place}}
		d.p.stages = slices.Insert(d.p.stages, 0, s)
		s.comment("%s is kept by DVC; md5 %s. Its SHA-256 is recorded when it is fetched", place, out.get("md5").text)
		d.add(name, 0, "%s is not there: stage %s fetches it from %s", place, s.name, url)
	default:
		readers[0].comment("%s is kept by DVC: dvc pull %s before muster run, in CI too", place, name)
		d.add(name, 0, "%s is kept by DVC, where muster cannot fetch it: dvc pull %s before muster run, in CI too", place, name)
	}
}

// source is the URL of what a .dvc file names: where it was imported from, or
// its place in the remote.
func (d *dvcReader) source(doc, out *value) string {
	if deps := doc.get("deps").list(); len(deps) > 0 {
		dep := deps[0]
		if from := dep.get("path").text; strings.Contains(from, "://") && dep.get("repo").kind == 0 {
			return fetchable(from)
		}
		return "" // of another repository: DVC alone knows where
	}
	md5 := out.get("md5").text
	if !md5Digest().MatchString(md5) { // a folder is a list of files
		return ""
	}
	remote := d.remote.urls[d.remote.main]
	if out.get("remote").isScalar() {
		remote = d.remote.urls[out.get("remote").text]
	}
	key := md5[:2] + "/" + md5[2:]
	if out.get("hash").isScalar() { // the layout of DVC 3
		key = "files/md5/" + key
	}
	if remote == "" {
		return ""
	}
	return fetchable(strings.TrimSuffix(remote, "/") + "/" + key)
}

var md5Digest = pattern(`^[0-9a-f]{32}$`)

// fetchable returns a URL as fetch: wants it, or "" for what it cannot get.
func fetchable(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	if strings.ContainsAny(url, " \n\t\"'@") { // no password gets into a file
		return ""
	}
	switch scheme {
	case "http", "https", "s3", "gs":
		return url
	case "azure":
		return "azblob://" + rest
	}
	return ""
}

// dvcRemotes is what .dvc/config says of remotes.
type dvcRemotes struct {
	main string
	urls map[string]string
}

var (
	iniSection = pattern(`^\[\s*'?([a-z]+)\s*(?:"([^"]*)"|)\s*'?\s*\]`)
	iniPair    = pattern(`^([A-Za-z_]+)\s*=\s*(.*)$`)
)

func (l *look) dvcRemotes() dvcRemotes {
	r := dvcRemotes{urls: map[string]string{}}
	data, err := l.read(".dvc/config", maxText)
	if err != nil {
		return r
	}
	section, name := "", ""
	for line := range strings.SplitSeq(string(data), "\n") {
		line = strings.TrimSpace(line)
		if m := iniSection().FindStringSubmatch(line); m != nil {
			section, name = m[1], m[2]
			continue
		}
		m := iniPair().FindStringSubmatch(line)
		switch {
		case m == nil:
		case section == "core" && m[1] == "remote":
			r.main = m[2]
		case section == "remote" && m[1] == "url":
			r.urls[name] = m[2]
		}
	}
	return r
}
