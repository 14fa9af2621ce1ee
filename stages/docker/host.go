package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	cliconfig "github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/docker/api/types/registry"
)

// settingsDir is where the docker command keeps them; its library notes that only once.
func settingsDir() string {
	if dir := os.Getenv("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	return cliconfig.Dir()
}

// settings are those of the docker command, for what it knows of contexts and logins.
func settings() (*configfile.ConfigFile, error) {
	file, err := cliconfig.Load(settingsDir())
	if err != nil {
		return nil, fmt.Errorf("read the docker command's settings: %w", err)
	}
	return file, nil
}

// contextHost is the engine that the docker command would use: that of its
// current context, unless DOCKER_HOST names one. It is empty for the default.
func contextHost() (string, error) {
	if os.Getenv("DOCKER_HOST") != "" {
		return "", nil
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		file, err := settings()
		if err != nil {
			return "", err
		}
		name = file.CurrentContext
	}
	if name == "" || name == "default" {
		return "", nil
	}
	id := sha256.Sum256([]byte(name))
	data, err := os.ReadFile(filepath.Join(settingsDir(), "contexts", "meta", hex.EncodeToString(id[:]), "meta.json"))
	if err != nil {
		return "", fmt.Errorf("read context %s: %w", name, err)
	}
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		return "", fmt.Errorf("read context %s: %w", name, err)
	}
	return meta.Endpoints["docker"].Host, nil
}

// dockerHub is what its logins are filed under, for historical reasons.
const dockerHub = "https://index.docker.io/v1/"

// login is how the docker command's user is known to the registry of that
// domain, encoded for the engine; empty if there is no login.
func login(domain string) (string, error) {
	file, err := settings()
	if err != nil {
		return "", err
	}
	server := domain
	if domain == "docker.io" {
		server = dockerHub
	}
	auth, err := file.GetAuthConfig(server)
	if err != nil {
		return "", fmt.Errorf("read the login to %s: %w", domain, err)
	}
	if auth.Username == "" && auth.IdentityToken == "" && auth.RegistryToken == "" {
		return "", nil
	}
	encoded, err := registry.EncodeAuthConfig(registry.AuthConfig{
		Username: auth.Username, Password: auth.Password, Auth: auth.Auth, ServerAddress: auth.ServerAddress,
		IdentityToken: auth.IdentityToken, RegistryToken: auth.RegistryToken,
	})
	if err != nil {
		return "", fmt.Errorf("encode the login to %s: %w", domain, err)
	}
	return encoded, nil
}
