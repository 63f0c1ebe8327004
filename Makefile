# What a person types; each target is a script, which CI calls too.
.PHONY: run test check check-deploy check-fresh check-image conformance bench lock clean

run: ## set up what is missing and start; another port: make run PORT=8010
	@scripts/serve --called-as "make run"

test: ## install what the tests need and run all of them
	@scripts/test

check: ## format, lint, types, borders between modules, scripts, JavaScript
	@scripts/check

check-deploy: ## check the templates and the script of the deployment to Azure, without Azure
	@scripts/check-deploy

check-fresh: ## run make run and make test in a fresh clone on a minimal Debian; needs root
	@scripts/check-fresh

check-image: ## build both container images and talk with them; needs root
	@scripts/check-image

conformance: ## run the official SDK's own live tests and 100,000 random messages
	@scripts/conformance

bench: ## measure; prints a table and writes JSON
	@scripts/bench

lock: ## resolve the dependencies anew; make lock UPGRADE=1 takes newer versions
	@scripts/lock

clean: ## remove what the targets above have made
	@scripts/clean
