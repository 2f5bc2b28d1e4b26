//go:build linux

package sandbox

import (
	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// relate opens every namespace and asks the kernel for its identifier, owner
// and parent, which may bring further namespaces to light.
func (r *reader) relate() {
	queue := make([]*space, 0, len(r.spaces))
	for _, sp := range r.spaces {
		queue = append(queue, sp)
	}
	for len(queue) > 0 {
		sp := queue[0]
		queue = queue[1:]
		if sp.fd < 0 && sp.member != 0 {
			fd, err := r.s.proc.openNS(sp.member, string(sp.Type))
			if err != nil {
				continue
			}
			// The process may have moved since its link was read.
			if inode, err := nsInode(fd); err != nil || inode != sp.Inode {
				unix.Close(fd)
				continue
			}
			sp.fd = fd
		}
		if sp.fd < 0 {
			continue
		}
		sp.ID = nsID(sp.fd)
		if r.s.own[sp.Type] == sp.Inode && sp.Type == snapshot.USER {
			continue // its owner and parent are the server's own
		}
		sp.Owner = r.related(sp, snapshot.USER, nsGetUserns, &queue)
		if (sp.Type == snapshot.PID || sp.Type == snapshot.USER) && r.s.own[sp.Type] != sp.Inode {
			sp.Parent = r.related(sp, sp.Type, nsGetParent, &queue)
		}
	}
}

// related returns the inode of a namespace's owner or parent, which sp then
// counts for as a holder.
func (r *reader) related(sp *space, t snapshot.Type, request uint, queue *[]*space) uint64 {
	fd, err := nsRelated(sp.fd, request)
	if err != nil || fd < 0 {
		return 0
	}
	inode, err := nsInode(fd)
	if err != nil {
		unix.Close(fd)
		return 0
	}
	_, known := r.spaces[nsKey{t, inode}]
	other := r.space(t, inode)
	if other == nil {
		unix.Close(fd)
		return 0
	}
	if other.fd < 0 {
		other.fd = fd
	} else {
		unix.Close(fd)
	}
	if !known {
		*queue = append(*queue, other)
	}
	holder := snapshot.Holder{Kind: snapshot.ByNamespace, Inode: sp.Inode}
	for _, h := range other.Holders { // a user namespace is both owner and parent
		if h == holder {
			return inode
		}
	}
	other.Holders = append(other.Holders, holder)
	return inode
}
