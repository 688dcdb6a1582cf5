from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DeleteView, DetailView, ListView, UpdateView

from .forms import CommentForm, PostForm
from .models import Comment, Post


class PostList(ListView):
    """The newest posts, or with ``?q=`` those that hold the words."""

    paginate_by = 7

    def get_queryset(self):
        posts = Post.objects.published().select_related("author")
        return posts.search(self.query) if self.query else posts

    @property
    def query(self):
        return self.request.GET.get("q", "").strip()

    def get_context_data(self, **kwargs):
        return super().get_context_data(query=self.query, **kwargs)


class AuthorPostList(ListView):
    """What one person has published."""

    paginate_by = 6
    template_name = "posts/author.html"

    def get_queryset(self):
        self.author = get_object_or_404(get_user_model(), username=self.kwargs["username"], is_active=True)
        return self.author.posts.published().select_related("author")

    def get_context_data(self, **kwargs):
        return super().get_context_data(author=self.author, **kwargs)


class PostDetail(DetailView):
    def get_queryset(self):
        return Post.objects.visible_to(self.request.user).select_related("author")

    def get_context_data(self, **kwargs):
        comments = list(self.object.comments.select_related("author", "post"))
        for comment in comments:
            comment.deletable = comment.may_be_deleted_by(self.request.user)
        return super().get_context_data(comments=comments, comment_form=CommentForm(), **kwargs)


class PostCreate(LoginRequiredMixin, SuccessMessageMixin, CreateView):
    model = Post
    form_class = PostForm
    success_message = "“%(title)s” is saved."

    def form_valid(self, form):
        form.instance.author = self.request.user
        return super().form_valid(form)


class OwnPostMixin(LoginRequiredMixin):
    """Only the author of a post gets any further."""

    model = Post

    def get_object(self, queryset=None):
        post = super().get_object(queryset)
        if post.author_id != self.request.user.pk:
            raise PermissionDenied("Only its author can change a post.")
        return post


class PostUpdate(OwnPostMixin, SuccessMessageMixin, UpdateView):
    form_class = PostForm
    success_message = "“%(title)s” is saved."


class PostDelete(OwnPostMixin, SuccessMessageMixin, DeleteView):
    success_url = reverse_lazy("accounts:home")
    success_message = "The post is deleted."


@require_POST
def add_comment(request, slug):
    post = get_object_or_404(Post.objects.published(), slug=slug)
    if not request.user.is_authenticated:
        return redirect_to_login(post.get_absolute_url())
    form = CommentForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The comment is not saved: please write between 1 and 2,000 characters.")
        return redirect(f"{post.get_absolute_url()}#comments")
    comment = form.save(commit=False)
    comment.post, comment.author = post, request.user
    comment.save()
    messages.success(request, "Thank you for your comment.")
    return redirect(f"{post.get_absolute_url()}#comment-{comment.pk}")


@require_POST
def delete_comment(request, pk):
    comment = get_object_or_404(Comment.objects.select_related("post"), pk=pk)
    if not comment.may_be_deleted_by(request.user):
        raise PermissionDenied("Only the writer of a comment and the author of the post can delete it.")
    comment.delete()
    messages.success(request, "The comment is deleted.")
    return redirect(f"{comment.post.get_absolute_url()}#comments")
