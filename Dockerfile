# The course in a container: JupyterLab, and an engine of its own inside.
#
#   docker build -t containerlab .
#   docker run --rm -it --privileged -p 127.0.0.1:8888:8888 -v containerlab:/var/lib/containerlab containerlab
#
# docs/in-a-container.md has the flags for a machine that refuses --privileged, and the other way (the host's engine).

FROM debian:bookworm-slim AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      busybox-static ca-certificates docker.io iproute2 iptables mmdebstrap python3 python3-venv tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/course

# Wheels that were fetched beforehand (pip download -d build/wheels -r requirements.lock) make the build need no index;
# a pattern that matches nothing is no error, so the folder may be missing. They stay behind in this stage.
FROM base AS environment
COPY requirements.lock build/wheel[s]/*.whl /tmp/wheels/
RUN python3 -m venv .venv \
 && if ls /tmp/wheels/*.whl >/dev/null 2>&1; then set -- --no-index --find-links /tmp/wheels; fi \
 && .venv/bin/pip install --no-cache-dir --no-deps --disable-pip-version-check "$@" -r /tmp/wheels/requirements.lock

FROM base
COPY --from=environment /opt/course/.venv .venv
COPY lab pyproject.toml requirements.lock LICENSE README.md ./
COPY containerlab containerlab
COPY notebooks notebooks
ENV PATH=/opt/course/.venv/bin:$PATH \
    CONTAINERLAB_HOME=/var/lib/containerlab \
    PYTHONUNBUFFERED=1
# An engine's data cannot lie on another engine's layers: overlay does not stack on overlay.
VOLUME /var/lib/containerlab
EXPOSE 8888
# Inside, all addresses: which of the host's addresses lead here is said by -p. A token is made in any case.
ENTRYPOINT ["tini", "-g", "--", "python", "-m", "containerlab"]
CMD ["up", "--foreground", "--no-browser", "--ip", "0.0.0.0", "--port", "8888"]
