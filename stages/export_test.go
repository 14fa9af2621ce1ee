package stages

// ReadManifest is for the fuzz target: a manifest comes from elsewhere.
var ReadManifest = readManifest
