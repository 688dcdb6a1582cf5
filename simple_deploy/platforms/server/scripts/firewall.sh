# Let ssh, http and https in and nothing else. ssh comes first, on the port of this very connection.

lock
ufw allow "$ssh_port/tcp" comment 'ssh' >/dev/null
ufw allow 80/tcp comment 'http' >/dev/null
ufw allow 443/tcp comment 'https' >/dev/null
if ! ufw --force enable; then
    fail "The firewall could not be switched on." "Your provider's kernel may lack what ufw needs. Deploy with --no-firewall, and use the provider's own firewall."
fi
