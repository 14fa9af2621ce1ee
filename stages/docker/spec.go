package docker

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/muster-ci/muster/stages"
)

const (
	// workspaceDir is where a container finds its workspace.
	workspaceDir = "/workspace"
	// smallInput is what is copied into the workspace instead of being mounted.
	smallInput = 1 << 20
	// maxMounts bounds the files that are mounted one by one; what is above is copied.
	maxMounts = 64
	// pidsLimit stops a fork bomb, and no training that anybody has seen.
	pidsLimit = 4096
)

// spec is how a container is made. Two that are the same make the same container.
type spec struct {
	Config *container.Config
	Host   *container.HostConfig
}

func (s spec) same(other spec) bool {
	mine, err := json.Marshal(s)
	if err != nil {
		return false
	}
	theirs, err := json.Marshal(other)
	return err == nil && bytes.Equal(mine, theirs)
}

// user is who a command runs as.
type user struct{ uid, gid int }

func (u user) String() string { return fmt.Sprintf("%d:%d", u.uid, u.gid) }

func caller() user { return user{os.Getuid(), os.Getgid()} }

// userOf reads the task's own user: uid, or uid:gid.
func userOf(task stages.Task) (user, error) {
	if task.User == "" {
		return caller(), nil
	}
	uid, gid, both := strings.Cut(task.User, ":")
	if !both {
		gid = uid
	}
	var u user
	var err, wrong error
	if u.uid, err = strconv.Atoi(uid); err != nil {
		wrong = err
	}
	if u.gid, err = strconv.Atoi(gid); err != nil {
		wrong = err
	}
	if wrong != nil || u.uid < 0 || u.gid < 0 {
		return user{}, fmt.Errorf("user %q is neither a user id nor uid:gid", task.User)
	}
	return u, nil
}

// passwdText gives the user id a name and a home, which many programs ask for.
func passwdText(u user) string {
	text := "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
	if u.uid != 0 && u.uid != 65534 {
		text += fmt.Sprintf("muster:x:%d:%d:muster:/tmp:/bin/sh\n", u.uid, u.gid)
	}
	return text
}

// passwdFile is the same as a file beside the workspace, one for all tasks. Its
// random name is also what shows whether the engine sees this machine's files:
// one that does not cannot have it by chance.
func (d *Docker) passwdFile(dir string, u user) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := dir + "\x00" + u.String()
	if name, ok := d.passwd[key]; ok {
		if _, err := os.Lstat(name); err == nil {
			return name, nil
		}
	}
	file, err := os.CreateTemp(dir, "passwd-")
	if err != nil {
		return "", fmt.Errorf("write passwd entry: %w", err)
	}
	_, err = file.WriteString(passwdText(u))
	if err := errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return "", fmt.Errorf("write passwd entry: %w", err)
	}
	d.passwd[key] = file.Name()
	return file.Name(), nil
}

// specification says how the task's container is made; one that is apart from
// this machine's files has nothing mounted.
func (d *Docker) specification(ctx context.Context, task stages.Task, apart bool) (spec, error) {
	who, err := userOf(task)
	if err != nil {
		return spec{}, err
	}
	config := &container.Config{
		Image: task.Image.ID,
		// The image's own entry point is set aside: the command is what muster.yaml says.
		Entrypoint: task.Argv,
		Cmd:        []string{},
		Env:        environment(task),
		WorkingDir: path.Join(workspaceDir, filepath.ToSlash(task.Workdir)),
		User:       who.String(),
		Labels:     labels(task),
		StopSignal: "SIGTERM",
		// The image's health check would be a second process that nobody asked for.
		Healthcheck: &container.HealthConfig{Test: []string{"NONE"}},
	}
	host, err := d.limits(ctx, task)
	if err != nil {
		return spec{}, err
	}
	if !apart {
		passwd, err := d.passwdFile(filepath.Dir(task.Workspace), who)
		if err != nil {
			return spec{}, err
		}
		host.Mounts = mounts(task, passwd)
	}
	return spec{config, host}, nil
}

// limits are what keeps a container within its bounds.
func (d *Docker) limits(ctx context.Context, task stages.Task) (*container.HostConfig, error) {
	reap, pids := true, int64(pidsLimit)
	host := &container.HostConfig{
		Init:        &reap, // a stage's orphans are reaped, and it dies of a signal as it would elsewhere
		NetworkMode: "none",
		CapDrop:     []string{"ALL"},
		SecurityOpt: []string{"no-new-privileges"},
		Tmpfs:       map[string]string{"/tmp": "mode=1777,exec"},
		LogConfig:   container.LogConfig{Type: "none"}, // it is read live; a second copy only fills the engine's disk
		ShmSize:     int64(task.Resources.SHM),
		Resources: container.Resources{
			PidsLimit: &pids, Memory: int64(task.Resources.Memory), MemorySwap: int64(task.Resources.Memory),
		},
	}
	if task.Network {
		host.NetworkMode = "bridge"
	}
	if task.Resources.CPUs > 0 {
		facts, err := d.engineFacts(ctx)
		if err != nil {
			return nil, err
		}
		// An engine refuses more than it has; a stage that asks for more gets all.
		host.NanoCPUs = int64(min(task.Resources.CPUs, float64(max(facts.cpus, 1))) * 1e9)
	}
	if task.Resources.GPUs > 0 {
		host.DeviceRequests = []container.DeviceRequest{{Count: task.Resources.GPUs, Capabilities: [][]string{{"gpu"}}}}
	}
	return host, nil
}

// mounts are the workspace, and below it the inputs that are not copied.
func mounts(task stages.Task, passwd string) []mount.Mount {
	list := []mount.Mount{
		{Type: mount.TypeBind, Source: passwd, Target: "/etc/passwd", ReadOnly: true},
		{Type: mount.TypeBind, Source: task.Workspace, Target: workspaceDir},
	}
	_, mounted := split(task.Inputs)
	for _, input := range mounted {
		list = append(list, mount.Mount{
			Type: mount.TypeBind, Source: input.Host, Target: path.Join(workspaceDir, input.Path), ReadOnly: true,
		})
	}
	// An input inside another input's folder is mounted after it.
	slices.SortStableFunc(list[1:], func(a, b mount.Mount) int { return cmp.Compare(len(a.Target), len(b.Target)) })
	return list
}

// split tells the inputs that are copied into the workspace from those that are
// mounted: folders, and large files if they are few. A file that is not there
// yet is taken for a small one.
func split(inputs []stages.Mount) (copied, mounted []stages.Mount) {
	type sized struct {
		stages.Mount
		size int64
	}
	var files []sized
	for _, input := range inputs {
		if input.Dir {
			mounted = append(mounted, input)
			continue
		}
		var size int64
		if info, err := os.Stat(input.Host); err == nil {
			size = info.Size()
		}
		files = append(files, sized{input, size})
	}
	slices.SortStableFunc(files, func(a, b sized) int { return cmp.Compare(b.size, a.size) })
	for i, file := range files {
		// What lies in a mounted folder cannot be copied there.
		if (file.size > smallInput && i < maxMounts) || slices.ContainsFunc(mounted, func(m stages.Mount) bool { return m.Dir && inside(file.Path, m.Path) }) {
			mounted = append(mounted, file.Mount)
			continue
		}
		copied = append(copied, file.Mount)
	}
	return copied, mounted
}

func inside(name, dir string) bool { return strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/") }

// environment is the stage's own, with a home and a place for temporary files
// that the caller's user id can write to.
func environment(task stages.Task) []string {
	env := map[string]string{"HOME": "/tmp", "TMPDIR": "/tmp"}
	maps.Copy(env, task.Env)
	maps.Copy(env, task.Secrets)
	return pairs(env)
}

func pairs(env map[string]string) []string {
	var list []string
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

// missing names an input that is no longer on this machine.
func missing(task stages.Task) (string, bool) {
	for _, input := range task.Inputs {
		if _, err := os.Lstat(input.Host); errors.Is(err, fs.ErrNotExist) {
			return input.Path, true
		}
	}
	return "", false
}
