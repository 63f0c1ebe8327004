# openvoicelive as two images; docs/production.md tells more.
#
#   docker build --target local --tag openvoicelive:local .    the page, and our own service with its engines
#   docker build --target azure --tag openvoicelive:azure .    the page as a client of Azure
#
# "azure" is the last stage because azd names none when Azure builds. Azure's registries build without BuildKit, so there
# are no mounts, here-documents or COPY --chmod in here.

FROM mcr.microsoft.com/azurelinux/base/python:3.12@sha256:d1a693353b7db0383e66a61416a049f617fdfb89435dcaac543749fb4f14950a AS tools
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
COPY deploy/image/libraries.py ./
# The wheels need both, and the bases do not promise them.
RUN python3 libraries.py /openvoicelive gcc-12-base libgcc-s1 libstdc++6

FROM tools AS app
COPY requirements/build.txt ./
RUN python3 -m venv --without-pip /hatch \
    && python3 -m pip --python /hatch/bin/python install --quiet --no-deps --only-binary :all: --require-hashes -r build.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY deploy/image/pare.py ./
RUN /hatch/bin/python -m hatchling build -t wheel -d dist \
    && python3 -m pip install --quiet --no-deps --no-compile --no-index --target /openvoicelive/app dist/*.whl \
    && python3 pare.py /openvoicelive/app

FROM tools AS local-dependencies
RUN python3 libraries.py /openvoicelive libflite1 libasound2
COPY requirements/local.txt deploy/image/pare.py ./
RUN python3 -m pip install --quiet --no-deps --no-compile --only-binary :all: --require-hashes \
        --target /openvoicelive/dependencies -r local.txt \
    && python3 pare.py /openvoicelive/dependencies

FROM tools AS azure-dependencies
COPY requirements/azure.txt deploy/image/pare.py ./
RUN python3 -m pip install --quiet --no-deps --no-compile --only-binary :all: --require-hashes \
        --target /openvoicelive/dependencies -r azure.txt \
    && python3 pare.py /openvoicelive/dependencies

# The lists of what is inside, with licences.
FROM local-dependencies AS local-contents
COPY --from=app /openvoicelive/app /openvoicelive/app
COPY deploy/image/contents.py ./
RUN python3 contents.py /openvoicelive

FROM azure-dependencies AS azure-contents
COPY --from=app /openvoicelive/app /openvoicelive/app
COPY deploy/image/contents.py ./
RUN python3 contents.py /openvoicelive

FROM mcr.microsoft.com/azurelinux/distroless/python:3.12-nonroot@sha256:bb3696f7552a7f9a6550558343dff5a4d45c58fc38e1eb93c7493d685a68db17 AS runtime
# All bytecode is in the image, and nothing is written: the file system may be read-only. onnxruntime reports to Microsoft
# what it runs on, unless it is told not to.
ENV HOST=0.0.0.0 \
    PORT=8000 \
    LD_LIBRARY_PATH=/openvoicelive/lib \
    ORT_DISABLE_TELEMETRY=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONNOUSERSITE=1 \
    PYTHONPATH=/openvoicelive/app:/openvoicelive/dependencies \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1
COPY deploy/image/health.py /openvoicelive/
WORKDIR /
USER 65532:65532
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/usr/bin/python3", "-I", "-S", "/openvoicelive/health.py"]
ENTRYPOINT ["/usr/bin/python3", "-m", "openvoicelive"]
CMD ["serve"]

FROM runtime AS local
COPY --from=local-dependencies /openvoicelive /openvoicelive
COPY --from=local-contents /openvoicelive/contents.cdx.json /openvoicelive/
COPY --from=app /openvoicelive/app /openvoicelive/app
ARG BUILD_ID=
ENV BUILD_ID=$BUILD_ID
LABEL org.opencontainers.image.title="openvoicelive" \
      org.opencontainers.image.description="Talk with an AI agent in the browser; with our own Voice Live service" \
      org.opencontainers.image.version=$BUILD_ID

FROM runtime AS azure
COPY --from=azure-dependencies /openvoicelive /openvoicelive
COPY --from=azure-contents /openvoicelive/contents.cdx.json /openvoicelive/
COPY --from=app /openvoicelive/app /openvoicelive/app
ARG BUILD_ID=
ENV BUILD_ID=$BUILD_ID
LABEL org.opencontainers.image.title="openvoicelive" \
      org.opencontainers.image.description="Talk with an AI agent in the browser, through Azure AI Voice Live" \
      org.opencontainers.image.version=$BUILD_ID
