package result

// Bundle is the manifest of a folder that carries a run and the model that it
// made to another machine: bundle.json lists every other file of the folder.
type Bundle struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline"`
	// Run is the id of the run that the bundle was made of.
	Run string `json:"run"`
	// Files are muster.yaml, run.json and objects/SHA256, sorted by path.
	Files []BundleFile `json:"files"`
}

// BundleFile is one file of a bundle.
type BundleFile struct {
	Path   string `json:"path" jsonschema:"pattern=^(muster\\.yaml|run\\.json|objects/[0-9a-f]{64})$"`
	SHA256 string `json:"sha256" jsonschema:"pattern=^[0-9a-f]{64}$"`
	Size   int64  `json:"size" jsonschema:"minimum=0"`
}
