# docker build -t twobranch . && docker run -p 8000:8000 -e TWOBRANCH_TOKEN=... -v INDEX:/index:ro -v PHOTOS:PHOTOS:ro twobranch
FROM python:3.11-slim
COPY pyproject.toml README.md LICENSE /twobranch/
COPY src /twobranch/src
RUN pip install --no-cache-dir "/twobranch[serve,grounding]" && useradd --create-home twobranch
USER twobranch
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health')"]
ENTRYPOINT ["twobranch", "serve", "/index", "--host", "0.0.0.0", "--port", "8000"]
