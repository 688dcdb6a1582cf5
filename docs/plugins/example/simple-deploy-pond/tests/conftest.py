pytest_plugins = ["simple_deploy.testing"]
