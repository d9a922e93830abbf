. "$here/models.lib"
judge "$digits" 'size: {ratio: {max: 0.9}}'
