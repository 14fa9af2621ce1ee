package actions

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"
)

// comment keeps one comment about the pipeline, without a lock: of those that there
// are, the oldest counts, and whoever made a newer one takes it back. A change that
// has moved on is left to the job of its newer commit.
func (p Publisher) comment(ctx context.Context, pub Publication) part {
	if pub.Comment == nil {
		return part{}
	}
	began := time.Now()
	head, first, err := p.look(ctx, pub)
	if err != nil {
		return part{name: "comment", err: err}
	}
	if pub.Event.Head != "" && head != pub.Event.Head {
		return part{did: fmt.Sprintf("comment left alone, since the change is at %.7s by now and this job ran %.7s", head, pub.Event.Head)}
	}
	comment, did, err := p.put(ctx, pub, first, began)
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
	both.Go(func() { first, listErr = oldest(p.Host.Comments(ctx, pub.Event.Number), pub.Marker, nil) })
	both.Wait()
	return head, first, errors.Join(changeErr, listErr)
}

// oldest is the first comment with the marker that is not known to be gone, which a
// host may list for a while; its ID is 0 if there is none.
func oldest(all iter.Seq2[Comment, error], marker string, gone []int64) (Comment, error) {
	for comment, err := range all {
		if err != nil {
			return Comment{}, fmt.Errorf("look for the comment: %w", err)
		}
		if IsMarked(comment.Body, marker) && !slices.Contains(gone, comment.ID) {
			return comment, nil
		}
	}
	return Comment{}, nil
}

// slack is more than two looks at a host may differ by, and what its clock is read to.
const slack = time.Minute

// again looks once more. Once this job has made a comment, only one that was made since
// it began can count in its place: there was none before.
func (p Publisher) again(ctx context.Context, pub Publication, mine Comment, began time.Time, gone []int64) (Comment, error) {
	if mine.ID == 0 || mine.At.IsZero() {
		return oldest(p.Host.Comments(ctx, pub.Event.Number), pub.Marker, gone)
	}
	since := mine.At.Add(-time.Since(began) - slack)
	return oldest(p.Host.Newer(ctx, pub.Event.Number, since), pub.Marker, gone)
}

// maxRounds bounds how often a comment is looked for that others delete meanwhile.
const maxRounds = 5

// put updates the first comment, or makes one if there is none. It says what it did.
func (p Publisher) put(ctx context.Context, pub Publication, first Comment, began time.Time) (Comment, string, error) {
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
		if first, err = p.again(ctx, pub, mine, began, gone); err != nil {
			return mine, "", err
		}
	}
	return mine, "", errors.New("each comment that was found was deleted meanwhile")
}

func (p Publisher) update(ctx context.Context, pub Publication, comment Comment) (Comment, string, error) {
	body := pub.Comment(comment.Body)
	if SameText(body, comment.Body) {
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
