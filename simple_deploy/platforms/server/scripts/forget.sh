# Remove what was made to be sent.

case $folder in /var/tmp/simple_deploy-????????) rm -rf -- "$folder" ;; esac
