package fetch

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
	gcaws "gocloud.dev/aws"
	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"
	"gocloud.dev/blob/s3blob"
)

// bucket is an object behind gocloud.dev.
type bucket struct {
	*blob.Bucket
	key string
}

func (b *bucket) close() { _ = b.Close() }

func (b *bucket) open(ctx context.Context, offset int64, since stamp) (*content, error) {
	now, page, err := b.look(ctx)
	if err != nil {
		return nil, err
	}
	if !now.same(since) || (since.tells() && !now.surely(since)) || offset > now.Size {
		offset = 0
	}
	reader, err := b.NewRangeReader(ctx, b.key, offset, -1, &blob.ReaderOptions{BeforeRead: onlyIf(now.ETag)})
	if err != nil {
		return nil, err
	}
	// Not every server minds the condition.
	if reader.Size() != now.Size || !reader.ModTime().Equal(now.LastModified) {
		reader.Close()
		return nil, errChanged
	}
	return &content{ReadCloser: reader, from: offset, stamp: now, page: page}, nil
}

func (b *bucket) unchanged(ctx context.Context, since stamp) (bool, error) {
	now, _, err := b.look(ctx)
	return err == nil && now.surely(since), err
}

// errAnswer says that a server is not what it is taken for.
var errAnswer = errors.New("the server's answer lacks what such a server says")

func (b *bucket) look(ctx context.Context) (now stamp, page bool, err error) {
	defer func() {
		if recover() != nil { // azureblob follows the pointers of headers that it takes for granted
			err = errAnswer
		}
	}()
	attributes, err := b.Attributes(ctx, b.key)
	if err != nil {
		return stamp{}, false, err
	}
	return stamp{ETag: attributes.ETag, LastModified: attributes.ModTime.UTC(), Size: attributes.Size}, strings.HasPrefix(attributes.ContentType, "text/html"), nil
}

// onlyIf makes a read fail if the object is another one by now.
func onlyIf(etag string) func(func(any) bool) error {
	return func(as func(any) bool) error {
		var (
			inS3    *s3.GetObjectInput
			inAzure *azblob.DownloadStreamOptions
		)
		switch {
		case etag == "":
		case as(&inS3):
			inS3.IfMatch = &etag
		case as(&inAzure):
			tag := azcore.ETag(etag)
			inAzure.AccessConditions = &azblob.AccessConditions{ModifiedAccessConditions: &azblob.ModifiedAccessConditions{IfMatch: &tag}}
		}
		return nil
	}
}

// openS3 reads the parameters as gocloud.dev does, with two more defaults that
// make a server of one's own work: path style, and some region.
func openS3(ctx context.Context, loc location) (source, error) {
	query := loc.url.Query()
	own := query.Has("endpoint")
	pathStyle := own && !query.Has("use_path_style") && !query.Has("s3ForcePathStyle")
	pathStyle = take(query, "use_path_style") || take(query, "s3ForcePathStyle") || pathStyle
	accelerate, plain := take(query, "accelerate"), take(query, "disable_https")
	config, err := gcaws.V2ConfigFromURLParams(ctx, query)
	if err != nil {
		return nil, err
	}
	if own && config.Region == "" {
		config.Region = "us-east-1"
	}
	client := s3.NewFromConfig(config, func(o *s3.Options) {
		o.UsePathStyle, o.UseAccelerate, o.EndpointOptions.DisableHTTPS = pathStyle, accelerate, plain
		o.HTTPClient = awshttp.NewBuildableClient().WithDialerOptions(func(d *net.Dialer) { d.Control = refuseMetadata })
		o.Logger = logging.Nop{}
		o.Retryer = aws.NopRetryer{} // a transfer tries again by itself
	})
	opened, err := s3blob.OpenBucket(ctx, client, loc.bucket, nil)
	if err != nil {
		return nil, err
	}
	return &bucket{Bucket: opened, key: loc.key}, nil
}

// take returns a parameter that parse has found to be true or false, and removes it.
func take(query url.Values, name string) bool {
	on, err := strconv.ParseBool(query.Get(name))
	query.Del(name)
	return err == nil && on
}

// openAzure takes account and credentials from the environment.
func openAzure(ctx context.Context, loc location) (source, error) {
	options := azureblob.NewDefaultServiceURLOptions()
	if account := loc.url.Query().Get("storage_account"); account != "" && account != options.AccountName {
		if options.SASToken != "" { // it would be sent to another account
			return nil, invalid("AZURE_STORAGE_SAS_TOKEN is not for this storage account", "unset it, or set AZURE_STORAGE_ACCOUNT to the account that it is for")
		}
		options.AccountName = account
	}
	service, err := azureblob.NewServiceURL(options)
	if err != nil {
		return nil, err
	}
	client, err := azureblob.NewDefaultClient(service, azureblob.ContainerName(loc.bucket))
	if err != nil {
		return nil, err
	}
	opened, err := azureblob.OpenBucket(ctx, client, nil)
	if err != nil {
		return nil, err
	}
	return &bucket{Bucket: opened, key: loc.key}, nil
}
