from django import forms
from django.utils import timezone

from .models import Comment, Post


class PostForm(forms.ModelForm):
    publish = forms.BooleanField(
        required=False,
        initial=True,
        label="Published",
        help_text="Everyone can read it. Without the tick it stays a draft that only you see.",
    )

    class Meta:
        model = Post
        fields = ["title", "summary", "body", "cover"]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 2}),
            "body": forms.Textarea(attrs={"rows": 16}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["publish"] = self.instance.published_at is not None

    def save(self, commit=True):
        post = self.instance
        if not self.cleaned_data["publish"]:
            post.published_at = None
        elif post.published_at is None:
            post.published_at = timezone.now()
        return super().save(commit)


class CommentForm(forms.ModelForm):
    class Meta:
        model = Comment
        fields = ["text"]
        labels = {"text": "Your comment"}
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "placeholder": "What do you think?"})}
