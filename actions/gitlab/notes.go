package gitlab

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"time"

	api "github.com/xanzy/go-gitlab"

	"github.com/muster-ci/muster/actions"
)

// pageSize is the most that GitLab gives at once.
const pageSize = 100

// Comments yields the notes that the token's own user wrote
// (https://docs.gitlab.com/api/notes/, "List all merge request notes"), page by page.
func (h *Host) Comments(ctx context.Context, number int) iter.Seq2[actions.Comment, error] {
	return func(yield func(actions.Comment, error) bool) {
		self, err := h.user(ctx)
		if err != nil {
			yield(actions.Comment{}, err)
			return
		}
		all := actions.FromBothEnds(func(page int) (actions.Page[*api.Note], error) { return h.listNotes(ctx, number, "asc", page) })
		for note, err := range all {
			if err != nil {
				yield(actions.Comment{}, err)
				return
			}
			if note.System || note.Author.ID != self {
				continue
			}
			if !yield(h.comment(number, note), nil) {
				return
			}
		}
	}
}

// Newer yields those of them that were written since then: they are read from the end,
// since the API does not list notes by their time.
func (h *Host) Newer(ctx context.Context, number int, since time.Time) iter.Seq2[actions.Comment, error] {
	return func(yield func(actions.Comment, error) bool) {
		self, err := h.user(ctx)
		if err != nil {
			yield(actions.Comment{}, err)
			return
		}
		var found []actions.Comment
		for note, err := range h.notes(ctx, number, "desc") {
			if err != nil {
				yield(actions.Comment{}, err)
				return
			}
			if note.CreatedAt != nil && note.CreatedAt.Before(since) {
				break
			}
			if !note.System && note.Author.ID == self {
				found = append(found, h.comment(number, note))
			}
		}
		for _, comment := range slices.Backward(found) {
			if !yield(comment, nil) {
				return
			}
		}
	}
}

// notes yields all notes of a merge request, system notes too, by their time: "asc" or
// "desc", strictly.
func (h *Host) notes(ctx context.Context, number int, order string) iter.Seq2[*api.Note, error] {
	return func(yield func(*api.Note, error) bool) {
		for at := 1; ; {
			page, err := h.listNotes(ctx, number, order, at)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, note := range page.Items {
				if !yield(note, nil) {
					return
				}
			}
			if page.Next <= at { // there is none, or the server leads in a circle
				return
			}
			at = page.Next
		}
	}
}

func (h *Host) listNotes(ctx context.Context, number int, order string, page int) (actions.Page[*api.Note], error) {
	by := "created_at"
	o := api.ListMergeRequestNotesOptions{ListOptions: api.ListOptions{PerPage: pageSize, Page: page}, OrderBy: &by, Sort: &order}
	some, resp, err := h.client.listNotes(h.o.Project, number, &o, api.WithContext(ctx))
	if err != nil {
		return actions.Page[*api.Note]{}, h.failed(fmt.Sprintf("read the notes of !%d", number), roleReporter, resp, err)
	}
	return actions.Page[*api.Note]{Items: some, Next: resp.NextPage, Last: resp.TotalPages}, nil
}

func (h *Host) comment(number int, note *api.Note) actions.Comment {
	comment := actions.Comment{ID: int64(note.ID), Body: note.Body, URL: h.noteURL(number, note.ID)}
	if note.CreatedAt != nil {
		comment.At = *note.CreatedAt
	}
	return comment
}

// noteURL is a page that leads to a note: the API does not say one.
func (h *Host) noteURL(number, note int) string {
	if h.o.Pages == "" || note == 0 {
		return ""
	}
	return fmt.Sprintf("%s/-/merge_requests/%d#note_%d", h.o.Pages, number, note)
}

// PutComment writes a note, or edits one ("Create new merge request note", "Modify
// existing merge request note"). A note holds 1,000,000 characters.
func (h *Host) PutComment(ctx context.Context, number int, comment actions.Comment) (actions.Comment, error) {
	doing := fmt.Sprintf("write the note in !%d", number)
	if err := h.needsUser(doing, roleReporter); err != nil {
		return comment, err
	}
	var note *api.Note
	var resp *api.Response
	var err error
	body := harmless(comment.Body)
	if comment.ID == 0 {
		o := &api.CreateMergeRequestNoteOptions{Body: &body}
		note, resp, err = h.client.createNote(h.o.Project, number, o, api.WithContext(ctx))
	} else {
		o := &api.UpdateMergeRequestNoteOptions{Body: &body}
		note, resp, err = h.client.updateNote(h.o.Project, number, int(comment.ID), o, api.WithContext(ctx))
	}
	if err != nil {
		return comment, h.locked(ctx, number, h.failed(doing, roleReporter, resp, err))
	}
	return h.comment(number, note), nil
}

// locked looks why a note was refused: in a locked discussion only members may write.
func (h *Host) locked(ctx context.Context, number int, refused error) error {
	if !errors.Is(refused, actions.ErrForbidden) {
		return refused
	}
	if request, err := h.request(ctx, number); err != nil || !request.DiscussionLocked {
		return refused
	}
	return fmt.Errorf("write the note in !%d: %w", number, actions.ErrLocked)
}

// DeleteComment deletes a note; one that is gone is no error.
func (h *Host) DeleteComment(ctx context.Context, number int, id int64) error {
	doing := fmt.Sprintf("delete a note in !%d", number)
	if err := h.needsUser(doing, roleReporter); err != nil {
		return err
	}
	resp, err := h.client.deleteNote(h.o.Project, number, int(id), api.WithContext(ctx))
	if err == nil || errors.Is(err, api.ErrNotFound) {
		return nil
	}
	return h.failed(doing, roleReporter, resp, err)
}

// quickAction is a line that GitLab would do with the token's rights in place of showing
// it: /approve, /merge (https://docs.gitlab.com/user/project/quick_actions/).
var quickAction = regexp.MustCompile(`(?m)^([\s>]*)/([A-Za-z_])`)

// harmless is a text in which no line is a quick action. A backslash before a slash is not shown.
func harmless(text string) string { return quickAction.ReplaceAllString(text, `$1\/$2`) }
