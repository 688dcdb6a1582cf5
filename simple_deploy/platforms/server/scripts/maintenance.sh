# Show every visitor a page that says to come back later, or show the site again. What answers visitors looks for the file.

there
file=/srv/$site/front/maintenance.html
case $wanted in
on) put "$file" 0644 root:root "$page" || true ;;
off) rm -f -- "$file" ;;
esac
