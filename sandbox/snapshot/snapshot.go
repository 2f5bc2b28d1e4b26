// Package snapshot holds the types that describe a sandbox at one instant: its
// processes, the namespaces that they are in, and what keeps each namespace
// alive.
//
// The types are plain data. They know nothing of how a snapshot is taken
// (package sandbox), of lessons (package labs) or of HTTP (package server), so
// that each of those can depend on them alone. Every number is written as the
// sandbox's own pid and user namespace see it unless a field says otherwise.
//
// A Snapshot is immutable once taken and safe to share between goroutines.
package snapshot

import "time"

// Type is one of the kernel's eight kinds of namespace, by the name that it
// has in /proc/<pid>/ns. See namespaces(7).
type Type string

// The eight types, in the order in which people and the page list them.
const (
	MNT    Type = "mnt"
	UTS    Type = "uts"
	IPC    Type = "ipc"
	PID    Type = "pid"
	NET    Type = "net"
	USER   Type = "user"
	CGROUP Type = "cgroup"
	TIME   Type = "time"
)

// Types returns all eight types in display order.
func Types() []Type { return []Type{MNT, UTS, IPC, PID, NET, USER, CGROUP, TIME} }

// Snapshot is the state of one sandbox at one instant. Lists are sorted:
// processes by pid, namespaces by type (in Types order) and then inode.
type Snapshot struct {
	Taken      time.Time   `json:"taken"`
	Processes  []Process   `json:"processes"`
	Namespaces []Namespace `json:"namespaces"`
	Shells     []Shell     `json:"shells"`
	// Sandbox is the namespaces of the sandbox's own init, by type: what
	// the learner calls "the host".
	Sandbox map[Type]uint64 `json:"sandbox"`
	// Usage is how much of its limits the sandbox has taken.
	Usage []Usage `json:"usage"`
	// Truncated is true when a limit of the reader cut the lists short.
	Truncated bool `json:"truncated,omitempty"`
}

// Usage is one thing of which a sandbox may take only so much.
type Usage struct {
	// Of is what is counted: "processes" (threads included, of the user who
	// has most), "bytes" and "inodes" (of the file system at /).
	Of   string `json:"of"`
	Used uint64 `json:"used"`
	Max  uint64 `json:"max"`
}

// Shell is one shell that the sandbox started. Process fields are in the
// snapshot's process with the same PID.
type Shell struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Flags are the types of namespace the shell was cloned into.
	Flags []Type `json:"flags"`
	PID   int    `json:"pid"`
	Alive bool   `json:"alive"`
	// Born is the shell's namespaces right after clone, by type.
	Born map[Type]uint64 `json:"born"`
}

// Process is one process of the sandbox. PID and Start together identify it:
// pids return, start times do not.
type Process struct {
	PID int `json:"pid"`
	// HostPID is the pid in the server's pid namespace; 0 when unknown.
	HostPID int `json:"hostPid,omitempty"`
	// NSPIDs is the pid in each pid namespace from the sandbox's own inward,
	// the last being what the process itself calls $$. See NSpid in
	// proc_pid_status(5).
	NSPIDs []int `json:"nsPids"`
	PPID   int   `json:"ppid"`
	// Start is the time of the start after boot, in clock ticks. See
	// proc_pid_stat(5), starttime.
	Start uint64 `json:"start"`
	Comm  string `json:"comm"`
	// Args is the command line as the process shows it; empty for zombies.
	Args []string `json:"args"`
	// State is the letter of proc_pid_stat(5): R, S, D, Z, T, t, X, I.
	State string `json:"state"`
	// UID is the effective uid in the sandbox's own user namespace; 65534
	// when it has none there.
	UID     int `json:"uid"`
	Threads int `json:"threads"`
	// Foreground is true when the process is in the foreground process group of
	// its terminal: what is typed goes to it. See credentials(7).
	Foreground bool `json:"foreground,omitempty"`
	// Shell is the id of the shell that the process descends from; "" for
	// init and what was handed to it.
	Shell string `json:"shell,omitempty"`
	// NS is the inode of each namespace that the process is a member of.
	NS map[Type]uint64 `json:"ns"`
	// Children is the namespaces that the next child enters where they differ
	// from NS: pid (pid_for_children) and time (time_for_children).
	Children map[Type]uint64 `json:"children,omitempty"`
}

// Namespace is one namespace that something in the sandbox keeps alive.
type Namespace struct {
	Type  Type   `json:"type"`
	Inode uint64 `json:"inode"`
	// ID is the kernel's identifier, never used twice, where the kernel has
	// one (NS_GET_ID, Linux 6.18); 0 elsewhere. Inode numbers are reused.
	ID uint64 `json:"id,omitempty"`
	// Owner is the inode of the user namespace that owns this one; 0 when the
	// kernel does not tell. See ioctl_ns(2), NS_GET_USERNS.
	Owner uint64 `json:"owner,omitempty"`
	// Parent is the inode of the parent, for pid and user namespaces below the
	// sandbox's own. See ioctl_ns(2), NS_GET_PARENT.
	Parent uint64 `json:"parent,omitempty"`
	// Holders is what keeps the namespace alive: processes first, then
	// threads, children, mounts, descriptors, namespaces.
	Holders []Holder `json:"holders"`

	// Hostname is that of a uts namespace.
	Hostname string `json:"hostname,omitempty"`
	// Interfaces and Routes are those of a net namespace.
	Interfaces []Interface `json:"interfaces,omitempty"`
	Routes     []Route     `json:"routes,omitempty"`
	// Mounts is the mount table of a mnt namespace, in mountinfo order.
	Mounts []Mount `json:"mounts,omitempty"`
	// UIDMap and GIDMap are those of a user namespace, as seen from the
	// sandbox's own.
	UIDMap []IDMap `json:"uidMap,omitempty"`
	GIDMap []IDMap `json:"gidMap,omitempty"`
	// Offsets is the clock offsets of a time namespace, by the names
	// "monotonic" and "boottime", in seconds. See time_namespaces(7).
	Offsets map[string]float64 `json:"offsets,omitempty"`
}

// HolderKind says how a holder keeps a namespace alive.
type HolderKind string

// The kinds of holder.
const (
	// ByProcess is a member process (its main thread).
	ByProcess HolderKind = "process"
	// ByThread is a thread that is a member while its process is not.
	ByThread HolderKind = "thread"
	// ByChildren is pid_for_children or time_for_children of a process that is
	// not itself a member.
	ByChildren HolderKind = "children"
	// ByMount is a bind mount of the namespace's file.
	ByMount HolderKind = "mount"
	// ByFD is an open descriptor of the namespace's file, or a socket
	// created inside a net namespace.
	ByFD HolderKind = "fd"
	// ByNamespace is a child or owned namespace.
	ByNamespace HolderKind = "namespace"
	// ByFilesystem is a mounted proc file system, which shows, and keeps, the
	// pid namespace that it was mounted in.
	ByFilesystem HolderKind = "filesystem"
)

// Holder is one reason why a namespace is alive.
type Holder struct {
	Kind HolderKind `json:"kind"`
	// PID is the process (process, thread, children, fd).
	PID int `json:"pid,omitempty"`
	// TID is the thread (thread).
	TID int `json:"tid,omitempty"`
	// FD is the descriptor's number (fd).
	FD int `json:"fd,omitempty"`
	// Path is the mount point (mount, filesystem), as seen in namespace Inode.
	Path string `json:"path,omitempty"`
	// Inode is the mount namespace the mount is in (mount, filesystem), or
	// the namespace that holds (namespace).
	Inode uint64 `json:"inode,omitempty"`
}

// Interface is one network interface. See rtnetlink(7), RTM_GETLINK.
type Interface struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
	// Kind is the driver's kind ("veth", "bridge", …); "" for lo.
	Kind string `json:"kind,omitempty"`
	Up   bool   `json:"up"`
	// Carrier is true when the link's other side is up too.
	Carrier bool   `json:"carrier"`
	MAC     string `json:"mac,omitempty"`
	// Addrs is in CIDR notation, as `ip addr` prints it: "10.0.0.1/24".
	Addrs []string `json:"addrs,omitempty"`
	// Peer is the index of a veth's other end, in the namespace PeerNS;
	// PeerNS is 0 when that namespace is not in the snapshot.
	Peer   int    `json:"peer,omitempty"`
	PeerNS uint64 `json:"peerNs,omitempty"`
	// Master is the index of the bridge that the interface is a port of.
	Master int `json:"master,omitempty"`
}

// Route is one unicast route of the main table, IPv4 or IPv6.
type Route struct {
	// Dst is "default" or in CIDR notation.
	Dst string `json:"dst"`
	// Via is the gateway; "" for what is on the link.
	Via string `json:"via,omitempty"`
	Dev string `json:"dev,omitempty"`
}

// Mount is one line of /proc/<pid>/mountinfo. See proc_pid_mountinfo(5).
type Mount struct {
	ID     int `json:"id"`
	Parent int `json:"parent"`
	// Dev is the major and minor number of the file system: "0:57". Mounts with
	// the same Dev show the same file system.
	Dev    string `json:"dev"`
	Root   string `json:"root"`
	Path   string `json:"path"`
	FSType string `json:"fsType"`
	Source string `json:"source"`
	// Options is the per-mount options: "rw,nosuid".
	Options string `json:"options"`
	// Propagation is the optional fields joined by spaces ("shared:1
	// master:2"); "" for a private mount. See mount_namespaces(7).
	Propagation string `json:"propagation,omitempty"`
}

// IDMap is one line of uid_map or gid_map. See user_namespaces(7).
type IDMap struct {
	Inside  uint32 `json:"inside"`
	Outside uint32 `json:"outside"`
	Length  uint32 `json:"length"`
}
