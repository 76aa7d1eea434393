# No secret, no locale and no path of the host in the environment.
# expect: accepted
env | grep -vE '^(PATH=/usr/bin|HOME=/tmp|LANG=C\.UTF-8|PWD=/tmp/work|OLDPWD=.*|SHLVL=[0-9]+|_=.*)$' && echo leaked
echo contained
