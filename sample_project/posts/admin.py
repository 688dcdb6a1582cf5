from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from .models import Comment, Post


class CommentInline(admin.TabularInline):
    model = Comment
    extra = 0
    raw_id_fields = ["author"]


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "published_at", "has_cover"]
    list_filter = ["published_at", "author"]
    list_select_related = ["author"]
    search_fields = ["title", "summary", "body"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["cover_preview", "created_at", "updated_at"]
    fields = [
        "title",
        "slug",
        "author",
        "summary",
        "body",
        "cover",
        "cover_preview",
        "published_at",
        "created_at",
        "updated_at",
    ]
    inlines = [CommentInline]
    actions = ["publish_now"]

    @admin.display(boolean=True, description="cover")
    def has_cover(self, post):
        return bool(post.cover)

    @admin.display(description="preview")
    def cover_preview(self, post):
        if not post.cover:
            return "No cover yet."
        return format_html('<img src="{}" alt="" width="320">', post.cover.url)

    @admin.action(description="Publish the selected drafts now")
    def publish_now(self, request, queryset):
        count = queryset.filter(published_at=None).update(published_at=timezone.now())
        self.message_user(request, f"Published: {count}.")


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ["post", "author", "created_at"]
    list_select_related = ["post", "author"]
    search_fields = ["text"]
