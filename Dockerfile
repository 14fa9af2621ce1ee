# The image of a release, to be copied from, into an image that has git and what a team needs:
#
#   COPY --from=ghcr.io/muster-ci/muster:v1.2.3 /muster /usr/local/bin/muster
#
# It has nothing else, so that nothing else in it can grow old.
FROM scratch
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/muster /muster
ENTRYPOINT ["/muster"]
