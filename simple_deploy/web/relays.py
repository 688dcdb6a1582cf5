"""Headers that no browser sends: proxies, tunnels and content networks add them to what they pass on."""

from __future__ import annotations

#: By what they tell. One that ends with a dash stands for all that begin so.
_ADDED = (
    # that there is one, and which: RFC 7239, RFC 9110, RFC 8586
    "forwarded", "via", "x-via", "cdn-loop", "cdn-", "x-cdn", "x-cdn-", "x-proxy-", "x-forwarded", "x-forwarded-",
    # who asked
    "client-ip", "true-client-ip", "x-true-client-ip", "x-client-", "x-real-", "x-cluster-client-ip", "x-remote-",
    "remote-addr", "remote-ip", "remote-user", "x-originating-ip", "x-source-ip", "x-end-user-ip", "x-auth-request-",
    # what was asked for
    "x-original-", "x-rewrite-url", "x-scheme", "x-url-scheme", "x-host", "x-protocol", "x-script-name",
    "x-external-", "front-end-https", "x-ssl-", "ssl-client-", "x-client-cert",
    # when, and under what number
    "x-request-id", "x-request-start", "x-queue-start", "x-correlation-id", "x-cloud-trace-context",
    # whose it is
    "akamai-", "bore-", "cf-", "fastly-", "fly-", "ngrok-", "tailscale-", "x-akamai-", "x-amz-", "x-amzn-",
    "x-appengine-", "x-arr-", "x-azure-", "x-bluecoat-", "x-coder-", "x-envoy-", "x-github-", "x-gitpod-", "x-goog-",
    "x-heroku-", "x-iisnode-", "x-istio-", "x-kong-", "x-localtunnel-", "x-ms-", "x-netlify-", "x-nf-", "x-nginx-",
    "x-ngrok-", "x-pinggy-", "x-platform-", "x-railway-", "x-render-", "x-replit-", "x-sucuri-", "x-traefik-",
    "x-tunnel-", "x-varnish", "x-vercel-", "x-zrok-",
)  # fmt: skip


def adds(header: str) -> bool:
    """Whether a relay adds *header*, a name in lower case."""
    return any(header.startswith(each) if each.endswith("-") else header == each for each in _ADDED)
