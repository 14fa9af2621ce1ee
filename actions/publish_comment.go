package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// comment keeps one comment about the pipeline, without a lock: of those that there
// are, the oldest counts, and whoever made a newer one takes it back. A change that
// has moved on is left to the job of its newer commit.
func (p Publisher) comment(ctx context.Context, pub Publication) part {
	if pub.Comment == nil {
		return part{}
	}
	head, first, err := p.look(ctx, pub)
	if err != nil {
		return part{name: "comment", err: err}
	}
	if pub.Event.Head != "" && head != pub.Event.Head {
		return part{did: fmt.Sprintf("comment left alone, since the change is at %.7s by now and this job ran %.7s", head, pub.Event.Head)}
	}
	comment, did, err := p.put(ctx, pub, first)
	if err != nil {
		return part{name: "comment", url: comment.URL, err: err}
	}
	return part{did: "comment " + did, url: comment.URL}
}

// look asks at once where the change is and which comment there is.
func (p Publisher) look(ctx context.Context, pub Publication) (head string, first Comment, err error) {
	var changeErr, listErr error
	var both sync.WaitGroup
	both.Go(func() {
		var change Change
		change, changeErr = p.Host.Change(ctx, pub.Event.Number)
		head = change.Head
	})
	both.Go(func() { first, listErr = p.oldest(ctx, pub, nil) })
	both.Wait()
	return head, first, errors.Join(changeErr, listErr)
}

// oldest is the first comment with the marker that is not known to be gone, which a
// host may list for a while; its ID is 0 if there is none.
func (p Publisher) oldest(ctx context.Context, pub Publication, gone []int64) (Comment, error) {
	for comment, err := range p.Host.Comments(ctx, pub.Event.Number) {
		if err != nil {
			return Comment{}, fmt.Errorf("look for the comment: %w", err)
		}
		if begins(comment.Body, pub.Marker) && !slices.Contains(gone, comment.ID) {
			return comment, nil
		}
	}
	return Comment{}, nil
}

// maxRounds bounds how often a comment is looked for that others delete meanwhile.
const maxRounds = 5

// put updates the first comment, or makes one if there is none. It says what it did.
func (p Publisher) put(ctx context.Context, pub Publication, first Comment) (Comment, string, error) {
	var mine Comment // what this job made itself
	var gone []int64
	for range maxRounds {
		switch {
		case first.ID != 0 && first.ID != mine.ID:
			updated, did, err := p.update(ctx, pub, first)
			if err == nil {
				return updated, did, p.withdraw(ctx, pub, mine)
			}
			if !errors.Is(err, ErrNotFound) {
				return mine, "", err
			}
			gone = append(gone, first.ID)
		case mine.ID != 0:
			return mine, "created", nil
		default:
			made, err := p.Host.PutComment(ctx, pub.Event.Number, Comment{Body: pub.Comment("")})
			if err != nil {
				return Comment{}, "", err
			}
			mine = made
		}
		// Another job may have made one at the same time, or somebody deleted the one that was there.
		var err error
		if first, err = p.oldest(ctx, pub, gone); err != nil {
			return mine, "", err
		}
	}
	return mine, "", errors.New("each comment that was found was deleted meanwhile")
}

func (p Publisher) update(ctx context.Context, pub Publication, comment Comment) (Comment, string, error) {
	body := pub.Comment(comment.Body)
	if sameText(body, comment.Body) {
		return comment, "unchanged", nil
	}
	comment.Body = body
	updated, err := p.Host.PutComment(ctx, pub.Event.Number, comment)
	return updated, "updated", err
}

// withdraw deletes what this job made, once an older comment says the same.
func (p Publisher) withdraw(ctx context.Context, pub Publication, mine Comment) error {
	if mine.ID == 0 {
		return nil
	}
	if err := p.Host.DeleteComment(ctx, pub.Event.Number, mine.ID); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("delete the second comment: %w", err)
	}
	return nil
}
