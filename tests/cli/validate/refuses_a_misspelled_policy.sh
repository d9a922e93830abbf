. "$here/models.lib"
judge "$digits" 'acuracy: {metric: top1, min: 0.9}'
