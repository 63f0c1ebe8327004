# Each target runs a script; CI runs the same scripts.
.PHONY: run test check check-deploy check-fresh check-image conformance bench lock clean

run: ## set up the program and start it; another port: make run PORT=8010
	@scripts/serve --called-as "make run"

test: ## install the programs that the tests need, and run all tests
	@scripts/test

check: ## check format, lint, types, imports, scripts, JavaScript, documents
	@scripts/check

check-deploy: ## check the script and the templates for Azure, without Azure
	@scripts/check-deploy

check-fresh: ## run make run and make test in a fresh clone on a minimal Debian; needs root
	@scripts/check-fresh

check-image: ## build both container images and talk with them; needs root
	@scripts/check-image

conformance: ## run the official SDK's own live tests and 100,000 random messages
	@scripts/conformance

bench: ## run the benchmarks; prints a table and writes JSON
	@scripts/bench

lock: ## resolve the dependencies; make lock UPGRADE=1 takes newer versions
	@scripts/lock

clean: ## remove the files that the targets above created
	@scripts/clean
