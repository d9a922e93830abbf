. "$here/models.lib"
judge "$digits" 'memory: {peak_ratio: {max: 0.9}}'
