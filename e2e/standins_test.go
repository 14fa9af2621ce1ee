//go:build unix

package e2e_test

import (
	"path"
	"regexp"
	"strings"
)

// standIns are what the runner gets in place of the actions of others, which it would
// fetch from the internet: the same names, inputs and outputs, and the least that does the
// same. STORE is a folder of the forge's. Theirs is the one part of a job that is not real.
var standIns = map[string]string{
	"actions/checkout": `name: checkout
inputs: {token: {default: "${{ github.token }}"}, fetch-depth: {default: 1}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {TOKEN: "${{ inputs.token }}"}
      run: |
        git init --quiet .
        git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"
        git config "http.$GITHUB_SERVER_URL/.extraheader" "AUTHORIZATION: basic $(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')"
        git fetch --quiet --no-tags --depth=1 origin "+$GITHUB_SHA:refs/remotes/origin/job"
        git checkout --quiet --force --detach refs/remotes/origin/job
`,
	"actions/cache/restore": `name: restore
inputs: {path: {required: true}, key: {required: true}, restore-keys: {default: ""}}
outputs:
  cache-hit: {value: "${{ steps.restore.outputs.cache-hit }}"}
  cache-matched-key: {value: "${{ steps.restore.outputs.cache-matched-key }}"}
runs:
  using: composite
  steps:
    - id: restore
      shell: bash
      env: {KEPT: "${{ inputs.path }}", KEY: "${{ inputs.key }}", OTHERS: "${{ inputs.restore-keys }}"}
      run: |
        mkdir -p STORE/cache
        for key in "$KEY" $OTHERS; do
          found=$(ls -t STORE/cache | grep -F -m 1 -- "$key") || continue
          mkdir -p "$KEPT"
          cp -a "STORE/cache/$found/." "$KEPT/"
          echo "cache-matched-key=$found" >> "$GITHUB_OUTPUT"
          if [ "$found" = "$KEY" ]; then echo "cache-hit=true" >> "$GITHUB_OUTPUT"; fi
          break
        done
`,
	"actions/cache/save": `name: save
inputs: {path: {required: true}, key: {required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {KEPT: "${{ inputs.path }}", KEY: "${{ inputs.key }}"}
      run: |
        mkdir -p "STORE/cache/$KEY"
        cp -a "$KEPT/." "STORE/cache/$KEY/"
`,
	"actions/upload-artifact": `name: upload
inputs: {name: {default: artifact}, path: {required: true}, include-hidden-files: {default: "false"}, if-no-files-found: {default: warn}, overwrite: {default: "false"}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.name }}", FILES: "${{ inputs.path }}"}
      run: |
        to="STORE/artifacts/$GITHUB_RUN_ID/$NAME"
        mkdir -p "$to"
        while read -r file; do if [ -e "$file" ]; then cp "$file" "$to/"; fi; done <<< "$FILES"
`,
}

// uses are the actions that a workflow or an action names: owner/name[/folder]@ref.
var uses = regexp.MustCompile(`(?m)^\s*(?:- )?uses: (([\w.-]+/[\w.-]+)((?:/[\w.-]+)*))@(\S+)`)

// provide puts stand-ins for the actions that these files use onto the forge. They are
// found by what the files pin, be it a commit's name: here that is a tag's.
func (f *forge) provide(files ...string) {
	f.Helper()
	content, tags := map[string]map[string]string{}, map[string][]string{}
	for _, m := range uses.FindAllStringSubmatch(strings.Join(files, "\n"), -1) {
		action, repository, folder, ref := m[1], m[2], m[3], m[4]
		if standIns[action] == "" {
			f.Fatalf("there is no stand-in for %s: write one, or the runner would fetch it from the internet", action)
		}
		if content[repository] == nil {
			content[repository] = map[string]string{}
		}
		content[repository][path.Join(".", folder, "action.yml")] = strings.ReplaceAll(standIns[action], "STORE", f.home+"/store")
		tags[repository] = append(tags[repository], "refs/tags/"+ref)
	}
	for name := range content {
		if f.call("GET", "/repos/"+name, nil, nil) == 200 {
			continue // another team has brought it
		}
		r := f.repository(name)
		r.push("main", content[name])
		for _, tag := range tags[name] {
			r.git("update-ref", tag, "HEAD")
		}
		r.git("push", "--quiet", "--tags", "origin")
	}
}
