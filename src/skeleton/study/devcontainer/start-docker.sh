#!/bin/sh
# Starts the Docker of this container, and waits until it answers.
docker info > /dev/null 2>&1 && exit 0
nohup dockerd > /var/log/dockerd.log 2>&1 &
for _ in $(seq 30); do
  docker info > /dev/null 2>&1 && exit 0
  sleep 1
done
echo 'Docker did not start; /var/log/dockerd.log says why.' >&2
exit 1
